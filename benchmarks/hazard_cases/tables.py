"""Everyday pandas and matplotlib."""

import matplotlib.pyplot as plt
import pandas as pd

FRAME = pd.DataFrame({"city": ["a", "b"], "sales": [1, 2]})
RESULTS = []


# label: clean
def mean_sales(path):
    return pd.read_csv(path).groupby("city")["sales"].mean().to_dict()


# label: clean
def with_share(path):
    frame = pd.read_csv(path)
    frame["share"] = frame["sales"] / frame["sales"].sum()
    return frame.sort_values("share").head(10)


# label: clean
def look_up(city):
    return FRAME.loc[FRAME["city"] == city, "sales"].sum()


# label: hazard state-changed race
def update(city):
    FRAME.loc[FRAME["city"] == city, "sales"] += 1


# label: hazard state-changed
def collect(path):
    RESULTS.append(pd.read_csv(path))


# label: hazard process-state state-changed
def plot(path):
    pd.read_csv(path).plot()
    plt.title(path)
    plt.savefig(f"{path}.png")
    plt.close()
