# %%
data = [3, 1, 2]

# %%
if (n := len(data)) > 2:
    squares = {x: x * x for x in data if x != n}
else:
    squares = {}

# %%
n, squares

# output
# load_data() -> n, squares
#     c2.s1
#     report(n, squares) c3.s1
# constants c1.s1
