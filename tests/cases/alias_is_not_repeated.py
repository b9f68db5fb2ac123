# %%
def touch(thing):
    thing.append(len(thing))
    return thing


# %% [markdown]
# ## Train the model

# %%
a = [3, 1, 2]
c = a

# %% [markdown]
# ## Cleaning

# %%
c.append(0)
a.append(3)

# %%
touch(a)

# output
# train_model() -> c in a, a
#     c3.s1 c3.s2
# clean_data(c, a) -> nothing
#     c5.s1 c5.s2 c6.s1
# functions c1.s1
