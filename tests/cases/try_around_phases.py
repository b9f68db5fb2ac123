# %%
try:
    import missing_library
except ImportError:
    missing_library = None

# %%
available = missing_library is not None
print(available)

# output
# load_data() -> nothing
#     repeats c1.s1
#     c2.s1
#     report() repeats c1.s1 c2.s1 c2.s2
