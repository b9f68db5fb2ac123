"""Text that looks like notebook code, for property tests."""

from hypothesis import strategies as st

SPICE = (
    [
        "%",
        "%%",
        "!",
        "?",
        "!!",
        "%time ",
        "%%time\n",
        "%%bash\n",
        "%%capture\n",
        "%cd ",
        "%prun -",
        "%env ",
        "%%writefile ",
        "pip install ",
    ],
    ["x = ", "y", "if x:\n", "await ", "{x}", "$x", "f(", ")", "'", '"""', "#", ";", "/", ",", "...", ">>> ", "In [1]: "],
    ["\n", "\n    ", "    ", "\\\n", "\x0c", "\x00", "\u2028"],
)
PIECES = st.one_of(*map(st.sampled_from, SPICE), st.text(max_size=3))
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join)).map(lambda text: text.replace("\r", "\n"))
