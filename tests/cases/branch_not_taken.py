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

# output
# clean_data() -> numbers, extra
#     c1.s1 c3.s1 c3.s2
#     report(numbers) c3.s3
# evaluate_model(numbers, extra) -> total
#     c5.s1 c5.s2
#     report(total, numbers) c5.s3 c6.s1
