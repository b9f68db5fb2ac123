# %%
BATCH_SIZE = 4
LEARNING_RATE = 0.5

# %%
LIMITS = [BATCH_SIZE] * 2
RATES = [LEARNING_RATE / n for n in range(1, 4)]

# %%
def rate(step):
    return RATES[step]

# %% [markdown]
# ## Clean

# %%
numbers = [3, 1, 2, 9]
numbers.sort()

# %% [markdown]
# ## Evaluate

# %%
total = sum(numbers[: LIMITS[0]]) * rate(1)
print(total)

# output
# clean_data(BATCH_SIZE=) -> total
#     c2.s1 c5.s1 c5.s2 c7.s1
#     report(total) c7.s2
# functions c3.s1
# constants c1.s2 c2.s2
# parameter BATCH_SIZE = 4
