# %%
counter = 0

# %%
def count():
    global counter
    counter += 1
    return counter

# %%
count()

# %%
count()
count()
print(counter)

# output
# load_data() -> counter
#     repeats c2.s1
#     c1.s1 c3.s1 c4.s1 c4.s2
#     report(counter) c4.s3
