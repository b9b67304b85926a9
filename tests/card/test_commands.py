"""Commands of a card: what only a shell would do is refused, and ordinary commands are let be."""

from pathlib import Path

import pytest

from cockpit.card.packaged import text
from tests.card.cards import SMALL, line_of, only, problems
from tests.cli.program import Cockpit

SHELL = {
    "echo deployed && false": "`&&` is for a shell",
    "make build || true": "`||` is for a shell",
    "pg_dump shop | gzip": "`|` is for a shell",
    "make deploy > deploy.log": "`>` is for a shell",
    "make deploy 2>&1": "`>` is for a shell",
    "psql shop < migrate.sql": "`<` is for a shell",
    "make build; make deploy": "`;` is for a shell",
    "sleep 60 &": "`&` is for a shell",
    "rm -f /var/lock/*.lock": "`*` is for a shell",
    "deploy ~/releases/latest": "`~` is for a shell",
    "sleep 60&": "`&` is for a shell",
    "build&deploy": "`&` is for a shell",
    "ls release-?.txt": "`?` is for a shell",
    "rm -f shop-[0-9].lock": "`[0-9]` is for a shell",
    "rm -f log[12]": "`[12]` is for a shell",
    "make deploy # the canary": "`#` is for a shell",
    "kubectl get pods -o jsonpath={.items[*].metadata.name}": "`*` is for a shell",
    "touch release-$(date +%F)": "`$(` is for a shell",
    'echo "release $(date +%F)"': "`$(` is for a shell",
    "touch release-`date +%F`": "`` ` `` is for a shell".replace("`` ` ``", "```"),
    "deploy ${VERSION:-latest}": "`${VERSION:-latest}` is for a shell",
    "make build\nmake deploy": "a line break is for a shell",
    "deploy --to $CLUSTER": "nothing replaces `$CLUSTER` here: write ${CLUSTER}",
    'deploy "$CLUSTER"': "nothing replaces `$CLUSTER` here",
    "test $? -eq 0": "nothing replaces `$?` here: write `shell: true`",
    "NODE_ENV=production npm run deploy": "`NODE_ENV=` before a command is for a shell",
}
"""Without `shell: true` only."""

ALWAYS = {
    "kubectl rollout undo deployment/<NAME>": "`<NAME>` looks like a placeholder",
    "deploy '<VERSION>'": "`<VERSION>` looks like a placeholder",
    "deploy <your-app>": "`<your-app>` looks like a placeholder",
    "deploy {{ version }}": "`{{ version }}` looks like a placeholder",
    "restore backup-YYYY-MM-DD.dump": "`YYYY-MM-DD` looks like a placeholder",
    "cd /srv/shop": "`cd` changes the state of its own shell",
    "export NODE_ENV=production": "`export` changes the state of its own shell",
    "NODE_ENV=production": "only sets a variable",
    "# deploy the canary": "this is a comment",
    "ssh web1": "`ssh` would wait for a person",
    "ssh -p 2222 -i key deploy@web1": "`ssh` would wait for a person",
    "psql shop": "`psql` would wait for a person",
    "sudo -E psql shop": "`psql` would wait for a person",
    "sudo -u postgres psql": "`psql` would wait for a person",
    "bash": "`bash` would wait for a person",
    "sudo vim /etc/nginx/nginx.conf": "`vim` would wait for a person",
    "docker exec -it shop sh": "`docker` would wait for a person",
    "mysql --password hunter2 -e 'select 1'": "a secret after `--password`",
    "mysql --password=${PASSWORD} -e 'select 1'": "a secret after `--password`",
    "deploy --api-key hunter2": "a secret after `--api-key`",
    "env PGPASSWORD=hunter2 psql -c 'select 1'": "a secret after `PGPASSWORD`",
    "sh -c 'PGPASSWORD=hunter2 psql -l'": "a secret after `PGPASSWORD`",
    "env AWS_SECRET_ACCESS_KEY=hunter2 aws s3 ls": "a secret after `AWS_SECRET_ACCESS_KEY`",
    "deploy --db-password hunter2": "a secret after `--db-password`",
    "mysql -phunter2 -e 'select 1'": "a secret after `-p`",
    "redis-cli -a hunter2 ping": "a secret after `-a`",
    "docker login -u deploy -p hunter2": "a secret after `-p`",
    "sshpass -p hunter2 ssh web1 uptime": "a secret after `-p`",
    "curl -u deploy:hunter2 http://127.0.0.1/": "a secret after `-u`",
    "curl -H 'Authorization: Bearer hunter2' http://127.0.0.1/": "a credential stands here",
    "curl -H 'Authorization: Bearer ${TOKEN}' http://127.0.0.1/": "a secret after `-H`",
    "curl -H 'X-Api-Key: hunter2' http://127.0.0.1/": "a secret after `-H`",
    "rm -f log{1,2}": "only bash replaces `{1,2}`",
    "mkdir -p shard-{1..3}": "only bash replaces `{1..3}`",
    "deploy '[VERSION]'": "`[VERSION]` looks like a placeholder",
    "deploy %VERSION%": "`%VERSION%` looks like a placeholder",
    "deploy --to YOUR_CLUSTER": "`YOUR_CLUSTER` looks like a placeholder",
    "deploy TODO": "`TODO` looks like a placeholder",
    "deploy '<version>'": "`<version>` looks like a placeholder",
    "bash -l": "`bash` would wait for a person",
    "bash -i": "`bash` would wait for a person",
    "sudo -i": "`sudo` would wait for a person",
    "sudo su - postgres": "`su` would wait for a person",
    "su -": "`su` would wait for a person",
    "redis-cli -h cache": "`redis-cli` would wait for a person",
    "sqlite3 shop.db": "`sqlite3` would wait for a person",
    "kubectl exec -i -t shop -- sh": "`kubectl` would wait for a person",
    "kubectl edit deployment/shop": "`kubectl` would wait for a person",
    "crontab -e": "`crontab` would wait for a person",
    "top": "`top` goes on until somebody ends it",
    "watch kubectl get pods": "`watch` goes on until somebody ends it",
    "tail -f app.log": "`tail` goes on until somebody ends it",
    "kubectl logs -f deployment/shop": "`kubectl` goes on until somebody ends it",
}
"""With a shell as well as without."""

SHELL_ONLY = {
    "export A=b && export C=d": "`export` changes the state of its own shell",
    "cd /srv && cd shop": "`cd` changes the state of its own shell",
    "A=b; C=d": "only sets a variable",
    "# first\n# second": "this is a comment",
    "cd /srv && ssh web1": "`ssh` would wait for a person",
    "tail -f app.log | less": "`less` would wait for a person",
    "make build; python3": "`python3` would wait for a person",
    "make build && mysql -phunter2 -e 'select 1'": "a secret after `-p`",
    "curl -fsS http://127.0.0.1/?a=1&b=2": "a shell ends the command at the `&`",
}
"""With a shell only."""

RIGHT = (
    "npm run -s gate:production",
    "kubectl rollout status deployment/shop --timeout=120s",
    "kubectl get pods -o jsonpath='{.items[*].status.phase}'",
    "kubectl set image deployment/shop shop=registry.test/shop:${VERSION}",
    "kubectl exec deploy/shop -- rails runner 'puts 1'",
    "curl -fsS 'http://127.0.0.1:8080/health?a=1&b=2'",
    "curl -fsS http://127.0.0.1:8080/health?a=1&b=2",
    """curl -X POST -d '{"text": "a; b | c > d"}' http://127.0.0.1/""",
    """curl -X POST -d "{\\"ok\\": true}" http://127.0.0.1/""",
    "psql -c 'select count(*) from orders where total > 5 and note is not null;'",
    "psql -tAc \"select to_char(now(), 'YYYY-MM-DD')\"",
    "psql --file migrate.sql",
    "sed -i 's/old*/new/g; s/a$/b/' config.ini",
    "awk '{print $1}' access.log",
    "grep -E 'error|fatal' app.log",
    "docker ps --format '{{.ID}} {{.Names}}'",
    "docker inspect --format '{{json .State}}' shop",
    "docker login --username deploy --password-stdin",
    "ssh deploy@web1 systemctl restart shop",
    "ssh -N -f -L 5432:db:5432 bastion",
    "sudo systemctl reload nginx",
    "sudo -u postgres psql -f migrate.sql",
    "bash scripts/deploy.sh --canary",
    "sh -c 'make build && make deploy'",
    "python -m shop.migrate",
    "find . -name '*.pyc' -delete",
    "find . -name \\*.pyc -delete",
    "git tag -a v2.5.0 -m 'a < b & c'",
    "terraform apply -auto-approve",
    "aws ecs update-service --cluster a --service b --force-new-deployment",
    "./scripts/deploy.sh --no-password",
    "less --version",
    "vi --version",
    "bash --version",
    "redis-cli -h cache ping",
    "redis-cli --scan",
    "sqlite3 shop.db 'pragma integrity_check'",
    "su - postgres -c 'psql -l'",
    "sudo su -c 'systemctl reload nginx'",
    "kubectl exec -i shop -- sh -c 'rails db:migrate'",
    "kubectl logs deployment/shop --since 5m",
    "docker build -t shop:2.5.0 .",
    "docker run -d -p 80:80 shop",
    "top -b -n 1",
    "journalctl -u shop --since -5m",
    "tail -n 50 app.log",
    "curl -fsS http://127.0.0.1:8080/health?ready",
    "curl -u deploy: http://127.0.0.1/",
    "curl -H 'Accept: text/plain' http://127.0.0.1/",
    "mysqldump --single-transaction -P 3306 shop",
    "git commit -m 'fixes #12'",
    "grep -q '<html>' index.html",
    "grep -rc TODO src",
    "git rev-parse HEAD@{1}",
    "kubectl get pods -o jsonpath={.items[0].metadata.name}",
    "docker ps --format {{.ID}},{{.Names}}",
    "date +%Y%m%d",
    "pip install 'shop[postgres]'",
    "helm upgrade shop ./chart --set image.tag=2.5.0",
    "vault kv get -field=token secret/shop",
)

WITH_SHELL = (
    ". ./scripts/deploy.sh",
    "# build first\nmake build\nmake deploy",
    "tail -f app.log | grep -q ready",
    "echo 'select 1' | psql shop",
    "make deploy > deploy.log 2>&1",
    "make deploy & wait",
    "psql shop <<EOF\nselect 1;\nEOF",
    "curl -fsS 'http://127.0.0.1/?a=1&b=2' | jq .",
    "ls shop-[0-9].tar ~/releases",
    "(cd /srv/shop && make deploy)",
    "if ! make check; then make deploy; fi",
    "make build && make deploy",
    "cd /srv/shop && make deploy",
    'PGPASSWORD="$PASSWORD" psql -c "select 1"',
    "pg_dump shop | gzip > shop.gz",
    "psql shop < migrate.sql",
    'test -n "$CLUSTER" || exit 1',
    "for host in web1 web2; do ssh $host uptime; done",
)


def card(command: str, *, shell: bool = False) -> str:
    run = f"run: {quoted(command)}"
    return SMALL.replace("run: make switch", f"{run}\n        shell: true" if shell else run)


def quoted(command: str) -> str:
    """Write a command as a double-quoted scalar of YAML."""
    escaped = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.mark.law(5)
@pytest.mark.parametrize(("command", "says"), SHELL.items())
def test_what_only_a_shell_does_is_refused_without_one(command: str, says: str) -> None:
    problem = only(card(command))
    assert says in problem.message
    assert problem.key == "phases[0].steps[0].run"
    assert problem.line == line_of(card(command), "      - run:")


@pytest.mark.law(5)
@pytest.mark.parametrize("shell", [False, True], ids=["alone", "shell"])
@pytest.mark.parametrize(("command", "says"), ALWAYS.items())
def test_what_cannot_do_what_it_says_is_refused(command: str, says: str, shell: bool) -> None:
    found = [problem.message for problem in problems(card(command, shell=shell))]
    assert any(says in message for message in found), found


@pytest.mark.law(5)
@pytest.mark.parametrize(("command", "says"), SHELL_ONLY.items())
def test_what_a_shell_would_not_do_is_refused(command: str, says: str) -> None:
    found = [problem.message for problem in problems(card(command, shell=True))]
    assert any(says in message for message in found), found


@pytest.mark.parametrize("command", RIGHT)
def test_an_ordinary_command_is_let_be(command: str) -> None:
    assert problems(card(command)) == ()


@pytest.mark.parametrize("command", WITH_SHELL)
def test_a_shell_may_do_what_a_shell_does(command: str) -> None:
    assert problems(card(command, shell=True)) == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("run: npm run -s gate:production", "run: npm run a && false", "preflight[1].run"),
        ("set: ", "set: true && ", "traffic.set"),
        ("run: npm run emergency:demote {endpoint}", "run: a {endpoint} | b", "breakers[0].run"),
        (
            "run: node scripts/emergency-breakers.mjs is-frozen",
            "run: a; b",
            "breakers[1].verify.run",
        ),
    ],
    ids=["check", "router", "breaker", "verify"],
)
def test_it_holds_wherever_a_command_stands(old: str, new: str, key: str) -> None:
    whole = text()
    assert old in whole
    assert key in [problem.key for problem in problems(whole.replace(old, new, 1))]


@pytest.mark.parametrize("more", ["check: pii", "check: backup\n    within: 26h"])
def test_it_holds_for_the_commands_of_checks(more: str) -> None:
    entry = f"run: journalctl | head\n    {more}"
    assert only(SMALL.replace("run: make ready", entry)).key == "preflight[0].run"
    assert problems(SMALL.replace("run: make ready", f"{entry}\n    shell: true")) == ()


@pytest.mark.law(8)
def test_law_8_the_secret_in_an_argument_is_not_repeated() -> None:
    found = problems(card("mysql --password=hunter2 -e 'select 1'"))
    assert found
    assert not any("hunter2" in str(problem) for problem in found)


@pytest.mark.law(5)
def test_a_command_that_only_looks_deployed_runs_nothing(tmp_path: Path) -> None:
    """It was green: `echo` printed all of it, and false was never run."""
    (tmp_path / "golive.yaml").write_text(card("echo deployed && false"), encoding="utf-8")
    said = Cockpit(tmp_path).run("run", "golive.yaml", "--yes", "--runs", "runs")
    assert said.status == 2
    assert "`&&` is for a shell" in said.err
    assert not (tmp_path / "runs").exists()
