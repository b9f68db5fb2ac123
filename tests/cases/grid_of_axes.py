# %%
import matplotlib.pyplot as plt
import pandas as pd

sales = pd.DataFrame({"price": [1.0, 2.0, 3.0, 4.0], "units": [9, 7, 4, 1]})

# %%
fig, ax = plt.subplots(1, 2)
ax[0].scatter(sales["price"], sales["units"])
ax[1].text(0.1, 0.1, "nothing else")
fig.tight_layout()

# %%
fig, grid = plt.subplots(2, 2)
for axes, column in zip(grid.flat, sales.columns):
    axes.set(title=column)
    axes.hist(sales[column])

# %%
print(sales.describe())

# output
# load_data() -> sales
#     c1.s3
#     report(sales) c2.s1 c2.s2 c2.s3 c2.s4 c3.s1 c3.s2 c4.s1
# left out c2.s4: the repr of a drawing
