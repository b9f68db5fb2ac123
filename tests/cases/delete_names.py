# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
copy = df.copy()
total = copy["a"].sum()
del copy

# %%
print(total)

# output
# load_data() -> total
#     c3.s1 c4.s1 c4.s2 c4.s3
#     report(total) c5.s1
