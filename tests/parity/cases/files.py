"""Files, directories, staging and scripts."""

from case import Append, Case, Remove, Run, Touch, Write  # type: ignore[import-not-found]

BASE = """
from redun import script
from redun.file import ContentFile, FileSet, IFile, StagingFile
def facts(f):
    return [f.exists(), f.size(), f.basename(), f.dirname(), f.readlines(), f.isfile(), f.isdir()]
@task()
def count(files): return len(list(files))
@task()
def read(file): return file.read()
@task()
def write(path, text):
    out = File(path)
    out.write(text)
    return out
@task()
def names(folder): return sorted(file.path for file in folder)
@task()
def fill(path):
    folder = Dir(path)
    folder.file("a.txt").write("a")
    folder.file("b/c.txt").write("c")
    return folder
@task(script=True)
def shell(text): return "echo " + text
@task(script=True)
def python(x): return f'''
    #!/usr/bin/env python3
    print({x} + 1)
    '''
@task()
def decode(data): return data.decode().strip()
"""

ABC = [Write("in/a.txt", "a"), Write("in/b.txt", "b")]


def case(name, *steps, **options):
    """Return a case on the tasks above."""
    return Case("file_" + name, BASE, *steps, **options)


CASES = [
    case(
        "methods",
        Write("a.txt", "one\ntwo\n"),
        Run("facts(File('a.txt'))"),
    ),
    case("missing", Run("[File('no').exists(), File('no').isfile()]")),
    case("write_makes_folders", Run("write('x/y/z.txt', 'abc').path"), Run("File('x/y/z.txt').read()")),
    case("remove_missing", Run("File('no').remove()")),
    case("read_missing", Run("read(File('no'))")),
    case(
        "copy_to",
        Write("a.txt", "x"),
        Run("File('a.txt').copy_to(File('b.txt'))"),
        Run("File('b.txt').read()"),
    ),
    case("fileset", *ABC, Run("count(FileSet('in/*.txt'))"), Run("count(FileSet('in/*.txt'))")),
    case(
        "fileset_new_member",
        *ABC,
        Run("count(FileSet('in/*.txt'))"),
        Write("in/c.txt", "c"),
        Run("count(FileSet('in/*.txt'))"),
    ),
    case(
        "fileset_removed_member",
        *ABC,
        Run("count(FileSet('in/*.txt'))"),
        Remove("in/b.txt"),
        Run("count(FileSet('in/*.txt'))"),
    ),
    case("dir_names", *ABC, Run("names(Dir('in'))"), Run("names(Dir('in'))")),
    case(
        "dir_changed_member", *ABC, Run("names(Dir('in'))"), Append("in/a.txt", "x"), Run("names(Dir('in'))")
    ),
    case("dir_as_output", Run("fill('out')"), Run("fill('out')"), Remove("out/b/c.txt"), Run("fill('out')")),
    case(
        "content_file_touched",
        Write("a.txt", "x"),
        Run("read(ContentFile('a.txt'))"),
        Touch("a.txt"),
        Run("read(ContentFile('a.txt'))"),
    ),
    case(
        "content_file_changed",
        Write("a.txt", "x"),
        Run("read(ContentFile('a.txt'))"),
        Write("a.txt", "y"),
        Run("read(ContentFile('a.txt'))"),
    ),
    case(
        "ifile_changed",
        Write("a.txt", "x"),
        Run("read(IFile('a.txt'))"),
        Append("a.txt", "y"),
        Run("read(IFile('a.txt'))"),
    ),
    case(
        "staging_file",
        Write("a.txt", "x"),
        Run("[File('a.txt').stage('b.txt').stage().path, File('b.txt').read()]"),
    ),
    case("script_task", Run("shell('hello')"), Run("shell('hello')")),
    case("script_task_python", Run("decode(python(4))")),
    case("script_fails", Run("script('exit 3')")),
    case("script_stops_at_first_failure", Run("script('false\\necho on')")),
    case("script_pipe_failure", Run("script('false | cat')")),
    case("script_stdout", Run("decode(script('echo hello'))"), Run("decode(script('echo hello'))")),
    case(
        "script_staging",
        Write("a.txt", "b\na\n"),
        Run(
            "script('sort in.txt > out.txt', inputs=[File('a.txt').stage('in.txt')],"
            " outputs=File('sorted.txt').stage('out.txt'))"
        ),
        Run("File('sorted.txt').read()"),
    ),
    case(
        "script_nested_outputs",
        Run(
            "script('echo a > a.txt; echo b > b.txt',"
            " outputs={'a': File('a.txt'), 'all': [File('b.txt'), File('-')], 'n': 1})"
        ),
    ),
    case(
        "script_input_changed",
        Write("a.txt", "1"),
        Run("decode(script('cat in.txt', inputs=[File('a.txt').stage('in.txt')]))"),
        Write("a.txt", "22"),
        Run("decode(script('cat in.txt', inputs=[File('a.txt').stage('in.txt')]))"),
    ),
    case(
        "script_output_removed",
        Run("script('echo a > a.txt', outputs=File('a.txt'))"),
        Remove("a.txt"),
        Run("script('echo a > a.txt', outputs=File('a.txt'))"),
        Run("File('a.txt').read()"),
    ),
    case("script_argument_list", Run("decode(script(['echo', 'a b', \"it's\"]))")),
    case("script_missing_output", Run("script('true', outputs=File('never.txt').stage('gone.txt'))")),
]
