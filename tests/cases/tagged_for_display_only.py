# %% tags=["nbpipe:stage=fetch"]
import pandas as pd

df = pd.DataFrame({"a": [3, 1, 2], "b": [1, 1, 2]})

# %%
rows = len(df)

# %% tags=["nbpipe:stage=summarise"]
means = df.groupby("b").mean() / rows

# %% tags=["nbpipe:stage=summarise"]
means.head()

# %% tags=["nbpipe:stage=loops"]
for name in df:
    print(name)

# output
# fetch() -> df
#     c1.s2
#     report(df) c5.s1
# load_data(df) -> rows
#     c2.s1
# summarise(df, rows) -> means
#     c3.s1
#     report(means) c4.s1
# finding NB108 cell 5, line 1: the tag `nbpipe:stage=loops` makes no stage: its cells only show what others make, or define what all stages share (make values there that later cells take, or take the tag away)
