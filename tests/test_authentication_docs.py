"""docs/authentication.md is true: its lab works, its options and its reasons exist."""

import re
import shutil
import sys

import pytest

from notary.auth.checks import REASONS
from notary.settings import TokenSettings, load_server
from tests.pages import Page, run_block, write_program
from tests.running import PROJECT, free_port, running

PAGE = Page("authentication.md")
OPTIONS = (
    "realm",
    "service",
    "issuer",
    "rootcertbundle",
    "jwks",
    "jwks_ca_file",
    "issuers",
    "autoredirect",
)


def rows(heading: str) -> list[str]:
    """Return the first column of the tables below a heading."""
    return [cell.strip("`") for cell in PAGE.first_cells(heading)]


def test_every_option_is_explained():
    assert tuple(rows("Settings")) == OPTIONS


def test_every_reason_of_a_refusal_is_explained_in_the_order_of_the_checks():
    assert tuple(rows("Troubleshooting"))[: len(REASONS)] == REASONS


@pytest.fixture
def lab(tmp_path):
    """Run a block of the page in a clone, on other ports; return its output."""
    ports = {"4443": str(free_port()), "5001": str(free_port())}
    (tmp_path / "etc").mkdir()
    for name in ("token-server.py", "token-server.json"):
        shutil.copy(PROJECT / "etc" / name, tmp_path / "etc")
    program = tmp_path / ".venv" / "bin"
    program.mkdir(parents=True)
    command = "import sys; from notary.command import server; sys.exit(server())"
    for name, arguments in (("python", ""), ("notary-server", f"-c '{command}'")):
        write_program(program / name, f"{sys.executable} {arguments}")

    def addressed(text: str) -> str:
        for documented, port in ports.items():
            text = text.replace(f":{documented}", f":{port}")
        return text

    def run_it(script: str, *, ok: bool = True, **variables: str) -> str:
        return run_block(addressed(script), tmp_path, ok=ok, **variables)[0]

    run_it.folder, run_it.addressed = tmp_path, addressed
    return run_it


def test_the_lab_can_be_set_up_used_and_asked_about_a_token_as_it_says(lab):
    prepare, serve, client = PAGE.blocks("A lab to try it", "sh")
    (question,) = PAGE.blocks("One token in question", "sh")
    (config,) = PAGE.blocks("A lab to try it", "json")
    prepare, token_server = prepare.rsplit("\n", 2)[0], prepare.splitlines()[-1]
    lab(prepare)
    path = lab.folder / "lab" / "token-server.json"
    path.write_text(lab.addressed(path.read_text()))
    path = lab.folder / "lab" / "config.json"
    path.write_text(lab.addressed(config))
    assert isinstance(load_server(path, {}).auth.token, TokenSettings)
    with started(lab, token_server), started(lab, serve.strip()):
        roles = ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
        secrets = {f"NOTARY_{role}_PASSPHRASE": "of the lab" for role in roles}
        lab(client, **secrets, HOME=str(lab.folder))
        said = lab(fetching(question), ok=False)
    assert re.search(r"^scope +FAILED", said, re.M)
    assert said.count(" passed ") == len(REASONS) - 2


def started(lab, line: str):
    """Run the server of a line that ends in ``&``."""
    assert line.endswith(" &"), line
    command = ["bash", "-c", f"exec {line.removesuffix(' &')}"]
    return running(command, lab.folder)


def fetching(question: str) -> str:
    """Return the question, with Python in the place of curl."""
    script = (
        "import base64, sys, urllib.request as r;"
        "q = r.Request(sys.argv[2], headers={'Authorization':"
        " 'Basic ' + base64.b64encode(sys.argv[1].encode()).decode()});"
        "print(r.urlopen(q).read().decode())"
    )
    return question.replace("curl -s -u", f'.venv/bin/python -c "{script}"')
