# %% tags=["nbpipe:stage=fetch"]
import pandas as pd

df = pd.DataFrame({"a": [3, 1, 2], "b": [1, 1, 2]})

# %%
rows = len(df)

# %% tags=["nbpipe:stage=summarise"]
means = df.groupby("b").mean() / rows

# %% tags=["nbpipe:stage=summarise"]
means.head()

# output
# fetch() -> df
#     c1.s2
# load_data(df) -> rows
#     c2.s1
# summarise(df, rows) -> means
#     c3.s1
#     report(means) c4.s1
