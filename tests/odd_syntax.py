"""Small pieces of Python that use its odder syntax. All of them run, in any order, after `PREAMBLE`; each shows what it computes."""

PREAMBLE = """
import asyncio
import contextlib

items = [3, 1, 2]
text = "äöü"
n = 4
"""

SNIPPETS = (
    # displays and several statements in a line
    "n += 1; items.append(n); items",
    "x = n; print(x); x;",
    "(n,\n items)",
    "n, len(items)",
    "x = 1 \\\n    + n\nx",
    "-n",
    "not n",
    "f'{n!r:>{len(text)}} {{}} {items[0]}'",
    "'a' 'b'",
    "...",
    "lambda: n",
    "(yes := n > 3)",
    "n if items else text",
    "[i for i in items if i]",
    "(i for i in items)\nprint(n)",
    "await asyncio.sleep(0, result=n)",
    # texts
    "x = '''one\n  two\nthree'''\nprint(x)",
    "x = '''\\\n    a\\n''' '\\\\'\nprint(x)",
    "if n:\n    x = f'''\n  {n}\n'''\n    print(x)",
    "x = r'\\d{2}' + \"it's\" + b'\\x00'.hex()\nx",
    "x = '# no comment'  # ünïcode comment\nprint(x)  # it's \"quoted\"",
    # binding
    "a, (b, *c) = 1, [2, 3, n]\nprint(a, b, c)",
    "*head, tail = items\nprint(head, tail)",
    "x = y = z = [n]\nx.append(1)\nprint(y, z)",
    "x: int = n\nprint(x)",
    "later: int\nlater = n\nprint(later)",
    "if (m := n) > 1:\n    print(m)",
    "print([last := i for i in items], last)",
    "print(sum(total := total + i for total in [0] for i in items))",
    "items[0] += n\nitems[1:2] = [7, 8]\nprint(items)",
    "for items[0] in range(3):\n    pass\nprint(items)",
    "with contextlib.nullcontext([n]) as (x,):\n    print(x)",
    "with contextlib.nullcontext(n) as x, contextlib.nullcontext(x) as y:\n    print(x, y)",
    "x = {**{'n': n}, 'k': [*items]}\nprint(x)",
    "x = [n]\ndel x[0], items[-1:]\nprint(x, items)",
    "x = n\ndel x\nx = 2\nprint(x)",
    "import os as n_os, sys\nfrom math import (pi,\n    tau as whole)\nprint(pi < whole, n_os.sep, sys.maxsize > 1)",
    # branches and loops
    "for i in range(2):\n    if i: continue\n    print(i)\nelse:\n    print('end', i)",
    "while n > 3:\n    n -= 1\n    if n == 2: break\nelse:\n    print('else', n)",
    "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(error)\nelse:\n    x = 1\nfinally:\n    print('finally')",
    "try:\n    x = n\nexcept (TypeError, ValueError):\n    raise\nelse:\n    print(x)",
    "try:\n    raise ExceptionGroup('g', [ValueError(n)])\nexcept* ValueError as group:\n    print(len(group.exceptions))",
    "match items:\n    case [first, *rest] if first:\n        print(first, rest)\n    case {'k': v, **more}:\n        print(v, more)\n    case _:\n        print(0)",
    "match text:\n    case str() as word:\n        print(word)",
    "async for i in aiter_items(items):\n    print(i)",
    "async with contextlib.AsyncExitStack() as stack:\n    x = n\nprint(x)",
    "print([i async for i in aiter_items(items)])",
    "if n: pass\nelif items: pass\nelse: x = 1",
    "if True:\n\tx = n\n\tif x:\n\t\tprint(x)",
    "for i in range(2): print(i); x = i",
    "assert n is not None, 'n'",
    "global n\nn = 5\nprint(n)",
    # functions and classes
    "def add(a, /, b=n, *rest, c=items, **more):\n    return a + b + len(c)\nprint(add(1), add(1, 2, c=[]))",
    "add = lambda a, b=n: a + b\nprint(add(1))",
    "def counter():\n    count = 0\n    def step():\n        nonlocal count\n        count += 1\n        return count\n    return step\nstep = counter()\nprint(step(), step())",
    "def grow():\n    global n, grown\n    n += 1\n    grown = n\ngrow()\nprint(n, grown)",
    "def gen():\n    got = yield n\n    yield from items\nprint(list(gen()))",
    "async def wait():\n    return n\nprint(await wait())",
    "def again(k):\n    return k and again(k - 1)\nprint(again(3))",
    "def twice(f):\n    def inner(*args):\n        return f(*args) * 2\n    return inner\n\n@twice\ndef one():\n    return n\nprint(one())",
    "class A:\n    k = n\n    ks = [k for _ in range(2)] if False else [k]\n    def f(self): return self.k\n    @property\n    def g(self): return super().__init__\n    @staticmethod\n    def h(): return items\nprint(A().f(), A.h())",
    "class B(Exception, metaclass=type):\n    '''Doc.'''\n    class C:\n        x = 1\nprint(B.C.x, B.__doc__)",
    "class D:\n    global n\n    n = 6\nprint(n)",
    "import dataclasses\n@dataclasses.dataclass\nclass P:\n    a: int\n    b: list = dataclasses.field(default_factory=list)\nprint(P(n))",
    # names that are taken
    "list = [n]\nprint(list)\ndel list",
    "max = max(items)\nprint(max)\ndel max",
    "id = id(n) and 3\ntype = type(id)\nprint(id, type)\ndel id, type",
    "say = print\nprint = say\nprint(n)\ndel print",
    "np = n\nprint(np)",
    "pipeline = report = runner = display_name = n\nprint(pipeline, report)",
    "def report():\n    return n\ndef pipeline(x):\n    return x\nprint(report(), pipeline(2))",
    "Any = NamedTuple = n\nprint(Any, NamedTuple)",
    "shown = n\nshown",
    "load_data = n\nclean_data = [load_data]\nprint(clean_data)",
    "annotations = parameters = n\nprint(annotations)",
    "größe = ª = n\nprint(größe, a)",
    "_ = 3\n__x = n\nprint(_, __x)",
    "__name__",
    "match = case = n\nmatch\ncase",
)
SETUP = """
async def aiter_items(values):
    for value in values:
        yield value
"""
