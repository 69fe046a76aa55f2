# The build as a graph: data and web files -> notebooks -> site.
#
# Each output lies in a folder named by the hash of all that shaped it (lineart_lib/bindery/keys.py),
# so an output that exists is up to date and dates never matter: hence `ancient` everywhere.
# Start it with `make book`, or by hand: snakemake --cores 1 --config profile=smoke

import os
import shlex
import sys
from pathlib import Path

ROOT = Path(workflow.basedir).resolve()
sys.path.insert(0, str(ROOT))

from lineart_lib.bindery.keys import make_plan
from lineart_lib.recipe.kinds import folder_of
from lineart_lib.runtime import data_folder

PROFILE = config.get("profile", "smoke")
PLAN = make_plan(ROOT, PROFILE)
BUILD = ROOT / "build"
HERE = BUILD / PROFILE
DATA = data_folder()
PYTHON = f"cd {shlex.quote(str(ROOT))}; exec {shlex.quote(sys.executable)}"
CORES = workflow.cores or 1
SHARE = max(1, CORES // int(config.get("at_once", 1)))  # of a notebook, or of what draws data

os.environ.setdefault("LINEART_ROOT", str(ROOT))
os.environ.setdefault("LINEART_BUILD_PID", str(os.getpid()))
BUILD.mkdir(exist_ok=True)


workdir: str(BUILD)  # .snakemake belongs to what is generated


def site_folder():
    return HERE / "site" / PLAN.site


def notebook_output(name):
    return str(HERE / "notebooks" / name / PLAN.notebooks[name].key / "notebook.ipynb")


def recipe_file(recipe):
    return ROOT / "data_recipes" / f"{recipe}.yml"


def data_stamp(recipe):
    return str(BUILD / "data" / recipe / f"{PLAN.recipes[recipe]}.json")


rule site:
    input:
        notebooks=ancient([notebook_output(name) for name in PLAN.notebooks]),
        data=ancient([data_stamp(recipe) for recipe in PLAN.recipes]),
        vendor=ancient(str(BUILD / "vendor" / PLAN.vendor / "vendor.json")),
    output:
        str(site_folder() / "index.html"),
    threads: CORES
    shell:
        "{PYTHON} -m lineart_lib.bindery.site {PROFILE} --key {PLAN.site}"


for order, (name, notebook) in enumerate(PLAN.notebooks.items()):

    rule:
        name:
            f"notebook_{name}"
        input:
            notebook=ancient(str(ROOT / "notebooks" / f"{name}.ipynb")),
            data=ancient([data_stamp(recipe) for recipe in notebook.recipes]),
        output:
            notebook_output(name),
        params:
            out=str(Path(notebook_output(name)).parent),
        benchmark:
            str(HERE / "benchmarks" / name / f"{notebook.key}.tsv")
        threads: SHARE
        priority: 100 - order
        shell:
            "{PYTHON} -m lineart_lib.bindery.execute {input.notebook:q} {PROFILE} {params.out:q}"


for recipe, key in PLAN.recipes.items():

    rule:
        name:
            f"data_{recipe}"
        input:
            recipe=ancient(str(recipe_file(recipe))),
        output:
            data_stamp(recipe),
        params:
            recipe=recipe,
            manifest=str(folder_of(recipe_file(recipe), PROFILE, DATA) / "manifest.json"),
        threads: SHARE
        shell:
            "cd {ROOT:q}; {sys.executable:q} -m lineart_lib.cli prepare {params.recipe:q}"
            " --profile {PROFILE}"
            " && cp {params.manifest:q} {output:q}.part && mv {output:q}.part {output:q}"


rule vendor:
    output:
        str(BUILD / "vendor" / PLAN.vendor / "vendor.json"),
    params:
        folder=str(BUILD / "vendor" / PLAN.vendor),
    shell:
        "{PYTHON} -m lineart_lib.bindery.vendor {params.folder:q}"
