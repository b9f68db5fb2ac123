# %%
import math

# %%
FACTOR = 3

# %%
def area(radius):
    return FACTOR * math.pi * radius**2

# %%
values = [area(r) for r in (1, 2, 3)]
values

# output
# load_data() -> nothing
#     c4.s1
#     report() repeats c4.s1 c4.s2
# functions c3.s1
# constants c2.s1
