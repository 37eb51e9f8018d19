"""Whole workflows as people write them, run, run again, and run after an edit."""

from case import Append, Case, Cli, Edit, Remove, Run, Touch, Write  # type: ignore[import-not-found]

MAP_REDUCE = """
from collections import Counter
from typing import Dict, List
from redun.functools import flat_map, map_

@task()
def chunks(file: File, size: int = 2) -> List[File]:
    lines = file.readlines()
    out = []
    for i in range(0, len(lines), size):
        part = File(f"chunks/{file.basename()}.{i}")
        part.write("".join(lines[i:i + size]))
        out.append(part)
    return out

@task()
def count_words(file: File) -> Dict[str, int]:
    return dict(Counter(file.read().split()))

@task()
def merge(a: Dict[str, int], b: Dict[str, int]):
    both = Counter(a)
    both.update(b)
    return dict(sorted(both.items()))

@task()
def fold(items: list):
    if len(items) < 2:
        return items[0] if items else {}
    middle = len(items) // 2
    return merge(fold(items[:middle]), fold(items[middle:]))

@task()
def files_of(folder: Dir) -> List[File]:
    return sorted(folder, key=lambda file: file.path)

@task()
def save(counts: Dict[str, int], path: str) -> File:
    out = File(path)
    with out.open("w") as stream:
        for word, number in counts.items():
            stream.write(f"{word} {number}\\n")
    return out

@task()
def show(file: File) -> str:
    return file.read()

@task()
def main():
    return show(save(fold(map_(count_words, flat_map(chunks, files_of(Dir("texts"))))), "result.txt"))
"""

SEARCH = """
import enum
from dataclasses import dataclass
from typing import List, Optional
from redun import apply_tags
from redun.functools import map_
from redun.scheduler import catch_all

class Kind(enum.Enum):
    LINEAR = "linear"
    TREE = "tree"

@dataclass
class Config:
    rate: float
    kind: Kind
    depth: Optional[int] = None

@dataclass
class Score:
    config: Config
    loss: float

class Diverged(Exception):
    pass

@task()
def train(config: Config) -> float:
    if config.rate > 0.5:
        raise Diverged(f"rate={config.rate}")
    return round((config.rate - 0.1) ** 2 + (0.01 if config.kind == Kind.TREE else 0.0), 6)

@task()
def diverged(error: Exception) -> float:
    return 1e9

@task()
def evaluate(config: Config) -> Score:
    return Score(config, catch(train(config), Diverged, diverged))

@task()
def best(scores: List[Score]) -> Score:
    return min(scores, key=lambda score: score.loss)

@task()
def told(values):
    return [str(value) if isinstance(value, Exception) else value for value in values]

@task()
def is_good(score: Score) -> bool:
    return score.loss < 0.05

@task()
def grid(rates: List[float]) -> List[Config]:
    return [Config(rate, kind) for rate in rates for kind in Kind]

@task()
def main(rates: List[float] = [0.01, 0.1, 0.4]):
    found = best(map_(evaluate, grid(rates)))
    return {
        "rate": found.config.rate,
        "kind": found.config.kind.value,
        "good": cond(is_good(found), "yes", throw(ValueError("bad"))),
        "loss": found.loss * 10 + 1,
        "tagged": apply_tags(found.config.rate, tags=[("best", True)]),
    }

@task()
def with_failures():
    tried = [train(Config(0.9, Kind.TREE)), train(Config(0.2, Kind.TREE))]
    return [catch_all(tried, Diverged, told), evaluate(Config(0.8, Kind.LINEAR)).loss]
"""

TREE = """
import os
from redun.file import FileSet

@task()
def listing(path: str):
    if os.path.isdir(path):
        below = [listing(os.path.join(path, name)) for name in sorted(os.listdir(path))]
        return {"name": os.path.basename(path), "children": below}
    return leaf(File(path))

@task()
def leaf(file: File):
    return (file.basename(), len(file.read()))

@task()
def total(tree):
    if isinstance(tree, tuple):
        return tree[1]
    return add([total(child) for child in tree["children"]])

@task()
def add(numbers):
    return sum(numbers)

@task()
def fib(n: int):
    return n if n < 2 else add([fib(n - 1), fib(n - 2)])

@task()
def count(files: FileSet):
    return len(list(files))

@task()
def main():
    tree = listing("data")
    return {"total": total(tree), "fib": fib(7), "first": tree["children"][0][0],
            "files": count(FileSet("data/**/*.txt"))}
"""

DEPLOY = """
from redun import get_context

@task()
def build(name: str, threads: int = get_context("build.threads", 1), mode=get_context("build.mode", "fast")):
    return (name, threads, mode)

@task(executor=get_context("executor", "default"), memory=get_context("memory", 1))
def step(x: int, env: str = get_context("env.name", "none")):
    return f"{x}-{env}"

@task()
def below():
    return build("nested")

@task()
def main():
    return [
        build("a"),
        build.update_context({"build": {"threads": 7}})("b"),
        step(1),
        step.update_context(env={"name": "inner"})(2),
        below.update_context(build={"mode": "sub"})(),
    ]
"""
CONTEXT = {"scheduler": {"context": '{"env": {"name": "test"}, "build": {"threads": 3}}'}}

OPTIONS = """
from redun.scheduler import JobInfo
from redun.task import wraps_task

def doubled(offset: int = 0, **options):
    @wraps_task(wrapper_name="_doubled", **options)
    def _doubled(inner: Task):
        def body(*args, **kwargs):
            return post(inner(*args, **kwargs), offset)
        return body
    return _doubled

@task()
def post(x, offset):
    return x * 2 + offset

@doubled(offset=10)
@task(version="1")
def plain(x: int) -> int:
    return x + 1

@task()
def gigabytes(x: int) -> int:
    return x * 4

@task()
def work(x: int, info: JobInfo = JobInfo()):
    return {"x": x, "memory": info.options.get("memory"), "ids": bool(info.job_id and info.execution_id)}

@task(limits=["db"], tags=[("team", "ml"), ("n", 3)])
def limited(x):
    return x

@task(nout=2)
def pair(x):
    return [x, x + 1]

@task()
def swapped(a, b):
    return (b, a)

@task()
def main():
    a, b = pair(1)
    return {
        "wrapped": plain(3),
        "memory": work.options(memory=gigabytes(2))(5),
        "limited": [limited(i) for i in range(3)],
        "pair": swapped(a, b),
        "partial": swapped.partial(1)(b),
        "keywords": swapped.partial(b=2)(a=a + b * 2 - 1),
        "compared": [(a < b), (a == b) | (b > 1), (a != b) & (b >= 5)],
    }
"""

ASYNC = """
import asyncio
from redun.promise import Promise
from redun.scheduler import Job, Scheduler, fork_thread, join_thread, scheduler_task

@task()
def inc(x):
    return x + 1

@task()
def fail(x):
    raise ValueError(f"bad {x}")

@task()
def add(a, b):
    return a + b

async def force(expr):
    return await expr

@task(cache=True, check_valid="shallow")
async def orchestrate(n: int):
    values = await asyncio.gather(*[force(inc(i)) for i in range(n)])
    total = 0
    for value in values:
        total = await add(total, value)
    return [total, inc(total)]

@task(cache=True, check_valid="shallow")
async def careful(n: int):
    try:
        await fail(n)
    except ValueError as error:
        return [str(error), inc(n)]

@scheduler_task(namespace="wf")
def repeat(scheduler: Scheduler, parent_job: Job, sexpr, expr, n) -> Promise:
    def then(n):
        return scheduler.evaluate([expr] * n, parent_job=parent_job)
    return scheduler.evaluate(n, parent_job=parent_job).then(then)

@task()
def use(thread):
    return join_thread(thread)

@task()
def main():
    thread = fork_thread(inc(100))
    return [orchestrate(3), repeat(inc(1), inc(2)), use(thread)]
"""

VALUES = """
import json
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, List
from redun.file import ContentFile, IFile
from redun.hashing import hash_struct
from redun.value import ProxyValue, Value

class Model(Value):
    type_name = "wf.Model"

    def __init__(self, name, weights):
        self.name, self.weights = name, weights

    def get_hash(self, data=None):
        return hash_struct(["Model", self.name])

    def __getstate__(self):
        return {"name": self.name, "weights": self.weights}

    def __setstate__(self, state):
        self.__init__(**state)

class Blob:
    def __init__(self, x):
        self.x = x

class BlobProxy(ProxyValue):
    type = Blob
    type_name = "wf.Blob"

    def serialize(self):
        return json.dumps(self.instance.x).encode()

    @classmethod
    def deserialize(cls, raw_type, data):
        return Blob(json.loads(data))

P = namedtuple("P", ["a", "b"])

@dataclass
class Record:
    a: int
    b: List[int] = field(default_factory=list)
    c: Any = None

@task()
def train(name: str) -> Model:
    return Model(name, [1, 2])

@task()
def use_model(model: Model):
    return (model.name, len(model.weights))

@task()
def make_blob(x):
    return Blob(x)

@task()
def use_blob(blob):
    return blob.x * 2

@task()
def one():
    return 1

@task()
def next_record(record: Record):
    return Record(record.a + 1, record.b, record)

@task()
def year(day: datetime):
    return day.year

@task()
def read(file: IFile):
    return file.read()

@task()
def read_content(file: ContentFile):
    return file.read()

@task()
def write(x) -> IFile:
    file = IFile("i.txt")
    file.write(str(x))
    return file

@task()
def main():
    record = next_record(Record(one(), [one()]))
    return [
        use_model(train("x")), use_model(Model("other", [])), use_blob(make_blob(4)), P(one(), 2), {"s": {one(), 5}},
        record.c.b[0], next_record(record).a, year(datetime(2020, 1, 1)), read(write(one())),
        read_content(ContentFile("c.txt")),
    ]
"""

PROJECT = """
from typing import List, Optional
from redun.functools import compose, flatten, map_, starmap, zip_
from redun.tools import copy_files

FACTOR = 3

def scale(x):
    return x * FACTOR

@task(name="renamed", namespace="wf.inner")
def original(x: int = 1, *rest: int, **named) -> int:
    return x + sum(rest) + sum(named.values())

class Toolbox:
    @staticmethod
    @task()
    def tool(x):
        return x + 1

@task(hash_includes=[scale])
def scaled(x):
    return scale(x)

@task()
def plus(a: int, b: int = 1):
    return a + b

@task()
def double(a: int):
    return a * 2

@task()
def numbers(n: int):
    return list(range(n))

@task()
def main(x: int = 2, names: List[str] = ["p", "q"], option: Optional[int] = None):
    return {
        "original": original(x, 2, 3, extra=4),
        "tool": Toolbox.tool(x),
        "scaled": scaled(x),
        "mapped": map_(plus.partial(b=10), numbers(3)),
        "starred": starmap(plus, [dict(a=1, b=2), dict(a=5)]),
        "zipped": zip_(numbers(2), numbers(2)),
        "flat": flatten([numbers(2), numbers(3)]),
        "composed": compose(double, plus)(3, 4),
        "copied": [file.path for file in [File("copied/a.txt")]],
        "names": names,
        "option": option,
    }

@task()
def copies():
    return copy_files([File("a.txt")], ["copied/a.txt"])
"""

ETL = """
import json, os
from redun import Handle, merge_handles

class Store(Handle):
    def __init__(self, name, path):
        self.path = path

    def rows(self):
        return json.load(open(self.path)) if os.path.exists(self.path) else {}

    def put(self, **rows):
        rows = {**self.rows(), **rows}
        with open(self.path, "w") as stream:
            json.dump(rows, stream, sort_keys=True)

@task()
def create(store: Store) -> Store:
    store.put(created=1)
    return store

@task()
def extract(file: File):
    return [line.strip().split(",") for line in file.readlines()]

@task()
def load(store: Store, rows) -> Store:
    store.put(**{key: int(number) for key, number in rows})
    return store

@task()
def transform(store: Store, factor: int) -> Store:
    rows = store.rows()
    store.put(total=factor * sum(number for key, number in rows.items() if key in "abcd"))
    return store

@task()
def report(store: Store):
    return store.rows()["total"]

@task()
def main(factor: int = 2):
    store = create(Store("store", "store.json"))
    store = load(store, extract(File("a.csv")))
    store = load(store, extract(File("b.csv")))
    return report(transform(store, factor))
"""

ALIGN = """
import os
from typing import Dict, List, NamedTuple
from redun import script

class Sample(NamedTuple):
    name: str
    reads: File

@task()
def find_samples(names: List[str]) -> List[Sample]:
    return [Sample(name, File(os.path.abspath(f"{name}.fq"))) for name in names]

@task(version="1", memory=2)
def align(sample: Sample, ref: File) -> Dict[str, File]:
    return script(
        f'''
        # Align.
        cat ref.fa reads.fq | sort > output.bam
        echo "aligned {sample.name}" > align.log
        ''',
        inputs=[sample.reads.stage("reads.fq"), ref.stage("ref.fa")],
        outputs={
            "bam": File(os.path.abspath(f"{sample.name}.bam")).stage("output.bam"),
            "log": File(os.path.abspath(f"{sample.name}.log")).stage("align.log"),
            "length": len(sample.name),
        },
        tempdir=True,
    )

@task()
def index(bam: File) -> int:
    return len(bam.readlines())

@task(script=True)
def summarize(files: List[File]):
    return "cat " + " ".join(file.path for file in files) + " | wc -l"

@task()
def number(text) -> int:
    return int(text)

@task()
def process(samples: List[Sample], ref: File):
    aligned = [align(sample, ref) for sample in samples]
    return [[index(each["bam"]) for each in aligned], number(summarize([each["bam"] for each in aligned]))]

@task()
def main():
    return process(find_samples(["a", "b"]), File(os.path.abspath("ref.fa")))
"""
READS = [Write("a.fq", "r1a\nr2a\n"), Write("b.fq", "r1b\n"), Write("ref.fa", "ref\n")]
TABLES = [Write("a.csv", "a,1\nb,2\n"), Write("b.csv", "c,3\n")]
TEXTS = [Write("texts/1.txt", "a b\nc a\nb\n"), Write("texts/2.txt", "x a\n")]

CASES = [
    Case(
        "app_map_reduce",
        MAP_REDUCE,
        *TEXTS,
        Run(),
        Run(),
        Append("texts/2.txt", "zz\nq r\n"),
        Run(),
        Touch("texts/1.txt"),
        Remove("result.txt"),
        Run(),
        differs="`touch` re-runs nothing: files are known by their content, not by their times",
        ours=[
            {"value": repr("a 3\nb 2\nc 1\nx 1\n")},
            {"ran": []},
            {"value": repr("a 3\nb 2\nc 1\nq 1\nr 1\nx 1\nzz 1\n")},
            {"ran": ["save"]},
        ],
    ),
    Case(
        "app_map_reduce_again",
        MAP_REDUCE,
        *TEXTS,
        Run(),
        Run(),
        Append("texts/2.txt", "zz\nq r\n"),
        Run(),
        Run(),
    ),
    Case(
        "app_search", SEARCH, Run(), Run(), Run("main([0.3, 0.2])"), Edit("0.01 if", "0.02 if"), Run(), Run()
    ),
    Case(
        "app_search_failures",
        SEARCH,
        Run("with_failures()"),
        Run("with_failures()"),
        differs="catch decides anew each time: what failed is tried again, whatever it was recovered by",
        ours=[
            {"value": {"list": [{"list": ["'rate=0.9'", "0.02"]}, "1000000000.0"]}},
            {"ran": ["train", "train"], "cached": ["diverged", "evaluate", "told", "with_failures"]},
        ],
    ),
    Case(
        "app_tree",
        TREE,
        Write("data/x/a.txt", "1"),
        Write("data/c.txt", "333"),
        Run(),
        Write("data/c.txt", "4444"),
        Run(),
    ),
    Case(
        "app_context",
        DEPLOY,
        Run(config=CONTEXT),
        Run(config=CONTEXT),
        Run(config={"scheduler": {"context": '{"env": {"name": "prod"}}'}}),
        Run(config=CONTEXT),
        Run(),
    ),
    Case(
        "app_context_of_the_command",
        DEPLOY,
        Cli("run --context build.threads=4 --context build.mode=slow wf.py main"),
        Write("c.json", '{"env": {"name": "file"}}'),
        Cli("run --context-file c.json --context env.name=given wf.py main"),
        Cli("run wf.py main"),
    ),
    Case(
        "app_options",
        OPTIONS,
        Run(),
        Run(),
        Run(options={"cache": False}),
        Edit("return x + 1", "return x + 2"),
        Run(),
    ),
    Case(
        "app_options_of_the_command",
        OPTIONS,
        Cli("run -o memory=7 wf.py work --x 3"),
        Cli("run wf.py plain --x 3"),
    ),
    Case(
        "app_wrapper_edited",
        OPTIONS,
        Run("plain(3)"),
        Edit("offset=10", "offset=20"),
        Run("plain(3)"),
        differs="what a wrapper's body closes over is code: its edit is noticed",
        ours=[{"value": "18"}, {"value": "28", "ran": ["plain", "post"]}],
    ),
    Case("app_async", ASYNC, Run(), Run(), Edit("return a + b", "return b + a + 1000"), Run(), Run()),
    Case(
        "app_values",
        VALUES,
        Write("c.txt", "c"),
        Run(),
        Run(),
        Write("i.txt", "changed"),
        Run(),
        Edit("[1, 2]", "[1, 2, 3]"),
        Run(),
    ),
    Case(
        "app_project",
        PROJECT,
        Write("a.txt", "a"),
        Run(),
        Run(),
        Run("main(5, names=['r'])"),
        Run("copies()"),
        Run("copies()"),
    ),
    Case(
        "app_project_constant",
        PROJECT,
        Run("scaled(2)"),
        Edit("FACTOR = 3", "FACTOR = 4"),
        Run("scaled(2)"),
        differs="the constants that a helper reads are code too",
        ours=[{"value": "6"}, {"value": "8", "ran": ["scaled"]}],
    ),
    Case(
        "app_project_helper",
        PROJECT,
        Run("scaled(2)"),
        Edit("x * FACTOR", "x * FACTOR + 1"),
        Run("scaled(2)"),
    ),
    Case(
        "app_etl", ETL, *TABLES, Run(), Run(), Append("b.csv", "d,9\n"), Run(), Run("main(3)"), Run("main(3)")
    ),
    Case("app_align", ALIGN, *READS, Run(), Run(), Append("b.fq", "new\n"), Run(), Run()),
    Case(
        "app_align_edited",
        ALIGN,
        *READS,
        Run(),
        Edit("aligned {", "ALIGNED {"),
        Edit('version="1"', 'version="2"'),
        Run(),
        differs="files are known by their content: what was made again and is the same changes nothing that follows",
        ours=[{"exit": None}, {"ran": ["align", "align"]}],
    ),
    Case(
        "app_align_output_removed",
        ALIGN,
        *READS,
        Run(),
        Remove("a.bam"),
        Run(),
        Run(),
        differs="a temporary folder is made by the script itself, so that the script can be run again later",
        ours=[{"error": None}, {"error": None}, {"error": None, "ran": []}],
    ),
    Case(
        "app_async_failure",
        ASYNC,
        Run("careful(1)"),
        Run("careful(1)"),
        differs="a whole call is not replayed when a call below it failed: the failure may have been chance",
        ours=[{"ran": ["careful", "fail", "inc"]}, {"ran": ["careful", "fail"], "cached": ["inc"]}],
    ),
]
