# %%
import pandas as pd

# %% tags=["nbpipe:stage=fetch"]
df = pd.DataFrame({"a": [3, 1, 2]})

# %% tags=["nbpipe:stage=tidy"]
df = df.sort_values("a")

# %%
df["b"] = df["a"] * 2
df

# %% tags=["nbpipe:drop"]
df["c"] = 0

# %%
df.columns.tolist()

# output
# fetch() -> raw_df
#     c2.s1
# tidy(raw_df) -> tidy_df
#     c3.s1
# build_features(tidy_df) -> prepared_df
#     c4.s1 c4.s2 c5.s1
#     report(prepared_df) c6.s1
# finding NB104 cell 5, line 1: the cell is tagged `nbpipe:drop`, but `df` is used elsewhere: it stays (tag the cells that use it too)
