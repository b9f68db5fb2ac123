# %%
import pandas as pd
from sklearn.linear_model import LinearRegression


class Sales:
    """Keeps its total when it is first read: a stage that reads it hands on what the notebook has then."""

    def __init__(self, frame):
        self.frame = frame
        self.known = None

    @property
    def total(self):
        if self.known is None:
            self.known = self.frame["units"].sum()
        return self.known


# %% tags=["nbpipe:stage=load"]
sales = Sales(pd.DataFrame({"price": [1.0, 2.0, 3.0, 4.0], "units": [9, 7, 4, 1]}))
share = sales.frame["units"] / sales.total

# %% tags=["nbpipe:stage=train"]
model = LinearRegression()
model.fit(sales.frame[["price"]], share)
print(round(model.score(sales.frame[["price"]], share), 3), sales.total)

# output
# load() -> sales, share
#     c2.s1 c2.s2
# train(sales, share) -> nothing
#     c3.s1 c3.s2 c3.s3
# classes c1.s3
