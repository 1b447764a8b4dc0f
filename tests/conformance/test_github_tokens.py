"""`cutover github-tokens`: tokens get in, and nothing but their names gets out."""

import subprocess

import pytest

from support import CUTOVER, PATIENCE, environment

TOKEN = "ghp_oneTokenThatNobodyMaySee0123456789"
OTHER = "ghp_anotherTokenThatNobodyMaySee987654"


@pytest.mark.parametrize("auth", ["none", "keys"])
def test_tokens_are_put_listed_and_deleted_and_never_seen(new_server, tmp_path, auth):
    server = new_server(options=["--auth", auth, "--log", "trace"])
    told = []

    def cutover(*arguments, token=None):
        """`cutover github-tokens …` with a token on standard input; status and words."""
        # The data folder's root key signs where keys are checked.
        command = [CUTOVER, *arguments, "--data", server.data]
        done = subprocess.run(command, input=token or "", capture_output=True, text=True, timeout=PATIENCE,
                              env=environment(CUTOVER_ENDPOINT=server.endpoint))
        told.append(done.stdout + done.stderr)
        return done.returncode, done.stdout

    tokens = "github-tokens"
    file = tmp_path / "token"
    file.write_text(OTHER + "\n", encoding="utf-8")
    assert cutover(tokens, "put", "octo", token=TOKEN + "\n") == (0, "The token octo is stored.\n")
    assert cutover(tokens, "put", "cat", "--token-file", file)[0] == 0
    assert cutover(tokens, "put", "octo", token=OTHER)[0] == 0, "another one in its place"
    assert cutover(tokens, "put", "none")[0] != 0 and "nothing in it" in told[-1]
    assert cutover(tokens, "put", "two", token=f"{TOKEN} {OTHER}")[0] != 0
    assert "InvalidGitHubAccountTokenException" in told[-1]
    assert cutover(tokens, "list") == (0, "cat\nocto\n")
    assert cutover(tokens, "delete", "octo") == (0, "The token octo is deleted.\n")
    assert cutover(tokens, "delete", "octo")[0] != 0 and "GitHubAccountTokenDoesNotExistException" in told[-1]
    assert cutover(tokens, "list") == (0, "cat\n")

    audit = cutover("--json", "audit")[1]
    assert audit.count('"PutGitHubAccountToken"') == 4 and audit.count('"GitHub token octo"') == 4
    assert server.terminate() == 0
    seen = [text.encode() for text in (*told, server.log())]
    seen += [path.read_bytes() for path in server.data.rglob("*") if path.is_file()]
    for token in (TOKEN, OTHER):
        assert not any(token.encode() in text for text in seen)
