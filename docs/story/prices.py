# %% [markdown]
# # Prices of homes

# %%
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# %% [markdown]
# ## Load

# %%
homes = pd.read_csv("homes.csv")
homes.describe()

# %% [markdown]
# ## Prepare

# %%
homes = homes.drop_duplicates()
X = homes[["area", "age"]]
y = homes["price"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)

# %% [markdown]
# ## Train

# %%
model = make_pipeline(StandardScaler(), LinearRegression())
model.fit(X_train, y_train)

# %% [markdown]
# ## Evaluate

# %%
predicted = model.predict(X_test)
print(f"mean absolute error: {mean_absolute_error(y_test, predicted):.2f}")
