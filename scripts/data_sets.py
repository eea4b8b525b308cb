"""data_sets - where the data sets lie that are not part of the project: in the
folder that DEEPCONF_DATA_DIR names, with a folder for each of them (xstest,
toxicchat)."""
import os
import pathlib

NAME = "DEEPCONF_DATA_DIR"
REPO = pathlib.Path(__file__).resolve().parent.parent
DEFAULT = REPO / "../shared/data"


def path(*parts):
    """Of a file or a folder of the data sets; it may not be there."""
    return pathlib.Path(os.environ.get(NAME) or DEFAULT, *parts)


def missing(file):
    """What to do about a file that is not there."""
    return (f"there is no {file}: data sets are not part of the project; set "
            f"{NAME} to the folder that has them, with "
            "xstest/xstest_prompts.csv, xstest/xstest_v2_completions_*.csv and "
            "toxicchat/toxicchat_test.csv in it")
