# %%
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

# %% [markdown]
# # Load

# %%
df = pd.DataFrame({"rooms": range(40), "price": [3 * r + (r % 5) for r in range(40)]})
df.head()

# %% [markdown]
# # Prepare

# %%
df["rooms_squared"] = df["rooms"] ** 2
X = df[["rooms", "rooms_squared"]]
y = df["price"]

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=42)
X_train.shape

# %% [markdown]
# # Train

# %%
model = LinearRegression()
model.fit(X_train, y_train)

# %% [markdown]
# # Evaluate

# %%
predicted = model.predict(X_test)
error = mean_absolute_error(y_test, predicted)
print(f"MAE: {error:.3f}")

# output
# build_features(test_size=, random_state=) -> X_train, y_train, X_test, y_test
#     c3.s1 c3.s2 c5.s1 c5.s2 c5.s3 c6.s1
#     report(X_train) c6.s2
# train_model(X_train, y_train) -> model
#     c8.s1 c8.s2
# evaluate_model(model, X_test, y_test) -> error
#     c10.s1 c10.s2
#     report(error) c10.s3
# parameter test_size = 0.25
# parameter random_state = 42
