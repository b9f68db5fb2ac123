# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
for column in df.columns:
    last = df[column].iloc[-1]

# %%
print(column, last)

# output
# load_data() -> column, last
#     c3.s1 c4.s1
#     report(column, last) c5.s1
