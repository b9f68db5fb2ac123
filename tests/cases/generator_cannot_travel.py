# %%
numbers = (n * n for n in range(5))

# %%
first = next(numbers)

# %%
rest = list(numbers)
print(first, rest)

# output
# load_data() -> nothing
#     c1.s1 c2.s1 c3.s1 c3.s2
