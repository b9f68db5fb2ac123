# %%
def scale(x):
    return x * 2

# %%
first = scale(10)

# %%
def scale(x):
    return x * 3

# %%
second = scale(10)
print(first, second)

# output
# load_data() -> nothing
#     repeats c1.s1 c3.s1
#     c2.s1 c4.s1
#     report() repeats c1.s1 c2.s1 c3.s1 c4.s1 c4.s2
