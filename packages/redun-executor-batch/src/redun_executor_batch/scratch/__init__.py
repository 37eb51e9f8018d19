"""The scratch folder as it is after a while: what lies there, what nobody needs any more, and getting rid of it."""
