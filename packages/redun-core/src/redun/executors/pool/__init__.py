"""The process executor: calls run in warm processes of this machine.

Floor: executors. Three kinds of processes take part:

* the scheduler's: a thread (`dispatcher`) hands calls to workers and takes results;
* a nursery (`nursery`): starts workers and ends them, with all that they started, when the scheduler is gone;
* workers (`worker`): each runs one call at a time.
"""
