# %%
name = "two words"
numbers = [3, 1, 2]

# %% [markdown]
# ## Clean

# %%
!echo sorting {len(numbers)}
numbers = sorted(numbers)

# %% [markdown]
# ## Evaluate

# %%
def listed():
    lines = !echo one
    return lines

# %%
print(listed(), numbers[0])

# output
# clean_data() -> nothing
#     repeats c5.s1
#     c1.s2 c3.s1 c3.s2 c6.s1
# constants c1.s1
