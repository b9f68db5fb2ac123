# %%
data = [3, 1, 2]
print(sorted(data))

# %%
total = sum(dta)

# %%
print(total)

# %%
dta = data

# output
# explore() -> nothing
#     c1.s2
# constants c1.s1
# left out c2.s1: the notebook fails at cell 2
# left out c3.s1: the notebook fails at cell 2
# left out c4.s1: the notebook fails at cell 2
# finding NB101 cell 2, line 1: `dta` is not defined by any cell above: the notebook fails here (cell 4 defines it: move that cell up)
