# %%
numbers = [3, 1, 2]

# %% [markdown]
# ## Clean

# %%
numbers.sort()
if len(numbers) > 5:
    extra = numbers[5:]
print(numbers)

# %% [markdown]
# ## Evaluate

# %%
total = sum(numbers)
if len(numbers) > 5:
    total += sum(extra)
print(total)

# %%
print(total / len(numbers))
