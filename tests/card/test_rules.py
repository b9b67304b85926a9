"""Each rule, on the packaged card with one piece exchanged."""

from collections.abc import Mapping

import pytest

from cockpit.card.packaged import text
from cockpit.card.rules import RULES, Rule
from cockpit.card.yaml.nodes import compose
from cockpit.card.yaml.places import NodePlaces, dotted
from tests.card.cards import SMALL, edited, line_of, only, problems

HEALTHY = next(line for line in text().splitlines() if line.startswith("  healthy:"))
STEP = "- run: npm run cutover t-30"


EDITS = [
    (STEP, "- run: echo cut over && false", "phases[0].steps[0].run", "`&&` is for a shell"),
    (STEP, "- run: cut over <NAME>", "phases[0].steps[0].run", "looks like a placeholder"),
    (STEP, "- run: cd /srv/shop", "phases[0].steps[0].run", "the state of its own shell"),
    (STEP, "- run: ssh web1", "phases[0].steps[0].run", "wait for a person at a terminal"),
    (STEP, "- run: rm cut.{1,2}", "phases[0].steps[0].run", "only bash replaces `{1,2}`"),
    (STEP, "- run: tail -f cut.log", "phases[0].steps[0].run", "until somebody ends it"),
    (
        STEP,
        "- shell: true\n        run: curl http://127.0.0.1/?a=1&b=2",
        "phases[0].steps[0].run",
        "a shell ends the command at the `&`",
    ),
    (STEP, "- run: cut --password x", "phases[0].steps[0].run", "a secret after `--password`"),
    (
        "run: npm run emergency:demote {endpoint}",
        "shell: true\n    run: demote {endpoint} $ENDPOINT",
        "breakers[0].run",
        "a shell would read {endpoint} as more of the command",
    ),
    (
        "run: npm run emergency:demote {endpoint}",
        "shell: true\n    run: demote",
        "breakers[0].takes",
        "write $ENDPOINT in `run`",
    ),
    ("id: done-sentry", "id: gate", "done.operational[0].id", "first at preflight[1].id"),
    ("id: done-sentry", f"id: {'x' * 49}", "done.operational[0].id", "at most 48"),
    (
        "monitor: backup",
        "monitor: p95",
        "monitors[6].monitor",
        "monitor's name `p95` stands",
    ),
    ("breaker: freeze", "breaker: demote", "breakers[1].breaker", "stands twice"),
    ("key: f3", "key: f2", "breakers[1].key", "stands twice"),
    ("phase: T-10", "phase: T-30", "phases[1].phase", "stands twice"),
    ("phase: T-10", "phase: T-40", "phases[1].phase", "comes before T-30"),
    ("{lasts: 2h}", "{}", "window", "needs `opens` and `closes`"),
    ("{lasts: 2h}", "{opens: 2027-03-01T02:00Z}", "window", "write `closes` as well"),
    (
        "{lasts: 2h}",
        "{opens: 2027-03-01T02:00Z, closes: 2027-03-01T02:00Z}",
        "window.closes",
        "not after it opens",
    ),
    (
        "{lasts: 2h}",
        "{lasts: 2h, opens: 2027-03-01T02:00Z, closes: 2027-03-01T03:00Z}",
        "window.lasts",
        "not both",
    ),
    ("--canary {percent}", "--canary", "traffic.set", "write `{percent}`"),
    ("{percent}", "{percent} {service}", "traffic.set", "nothing fills {service}"),
    ("traffic: 0%", "traffic: 5%", "rollback.traffic[0].traffic", "write 0%, not 5%"),
    (
        HEALTHY,
        "",
        "rollback",
        "`healthy` is missing",
    ),
    (
        "title: watch after rollback",
        "on_trip: rollback",
        "rollback.traffic[1].on_trip",
        "a rollback is not rolled back",
    ),
    ("quantile: 0.95", "", "monitors[0]", "what it measures is missing"),
    ("quantile: 0.95", "quantile: 0.95\n    rate: {}", "monitors[0].rate", "already"),
    ("share: {code: 5..}", "share: {}", "monitors[1].share", "always 100 %"),
    ("share: {code: 5..}", "share: {code: '5('}", "monitors[1].share.code", "regular expr"),
    (
        "share: {code: 5..}",
        "share: {code: '[13-5]..(?!x)'}",
        "monitors[1].share.code",
        "look ahead at its beginning alone",
    ),
    (
        "rate: {code: 401|403}",
        "rate: {code: 'a{9999999999}'}",
        "monitors[2].rate.code",
        "regular",
    ),
    ("above: 250ms", "above: 250", "monitors[0].above", "as 250ms"),
    ("above: 250ms", "above: 0.5 %", "monitors[0].above", "as 250ms"),
    ("above: 0.5 %", "above: 5", "monitors[1].above", "as a percentage"),
    ("above: 0.5 %", "above: 0.5", "monitors[1].above", "as a percentage"),
    ("above: 100/min", "above: 100", "monitors[2].above", "as 100/min"),
    (
        "share: {code: 5..}",
        "share: {code: 5..}\n    bound: 5ms",
        "monitors[1].bound",
        "only a `quantile` has buckets, a `share` has none",
    ),
    ("share: {code: 5..}", "share: {code: 5..}\n    unit: ms", "monitors[1].unit", "delete `unit`"),
    (
        "rate: {code: 401|403}",
        "rate: {code: 401|403}\n    bound: 5ms",
        "monitors[2].bound",
        "a `rate` has none: delete `bound`",
    ),
    ("quantile: 0.95", "quantile: 0.95\n    bound: 300", "monitors[0].bound", "as 300ms"),
    ("quantile: 0.95", "quantile: 0.95\n    bound: 5 %", "monitors[0].bound", "as 300ms"),
    ("quantile: 0.95", "quantile: 0.95\n    bound: 0", "monitors[0].bound", "as 300ms"),
    ("by: version", "by: version\n    over: 1s", "monitors[0].over", "two readings"),
    ("by: version", "every: 40s", "monitors[0].every", "two readings"),
    (
        "    run: npm run emergency:demote {endpoint}\n",
        "",
        "breakers[0]",
        "what it does is missing",
    ),
    (
        "rollback: traffic",
        "rollback: traffic\n    run: x",
        "breakers[3].rollback",
        "a breaker of",
    ),
    ("takes: endpoint\n    ", "", "breakers[0].run", "never asked for"),
    ("emergency:demote {endpoint}", "emergency:demote", "breakers[0].takes", "never reaches"),
    ("emergency:demote {endpoint}", "demote {endpoint} {user}", "breakers[0].run", "{user}"),
    ("rollback: all", "rollback: all\n    takes: endpoint", "breakers[4].takes", "no endpoint"),
    ("path: /health", 'path: "/{endpoint}"', "phases[0].steps[1].path", "in a breaker alone"),
    ("url: ${TARGET_URL}", "url: https://a:b@c/", "target.url", "a password stands"),
    ("url: ${TARGET_URL}", "url: https://c/?api_key=b", "target.url", "a secret stands"),
    ("url: ${TARGET_URL}", "url: https://${1}/", "target.url", "written ${NAME}"),
    ("token: ${SMOKE_JWT}", "token: abc", "target.token", "a token is a secret"),
    (
        STEP,
        """- run: "curl -H 'Authorization: Bearer abcdef1'\"""",
        "phases[0].steps[0].run",
        "credential",
    ),
    (STEP, "- run: psql -l postgresql://u:pw@h/d", "phases[0].steps[0].run", "a password stands"),
    (
        "watch: [p95, errors, auth-failures",
        "watch: [p95, error, auth-failures",
        "phases[2].steps[2].watch[1]",
        "there is no monitor `error`: did you mean `errors`?",
    ),
]
"""Pieces of the packaged card, what is put in their place, and the one problem that this makes."""

SWITCH = "- run: make switch"
COPY = "      - run: make switch\n        lasts_as: "
RESTORES = """\
done:
  technical:
    - {check: restore, id: restored}
    - {check: all, id: both, checks: [{check: backup, files: x}, {check: restore}]}
    - {check: http, id: answers, path: /}
"""


def measuring(of: str, figure: str) -> str:
    soak = "- {check: load, id: soak, rate: 3/s, duration: 1m}\n"
    measured = f"{{check: measured, of: {of}, figure: {figure}, at_most: 1s}}"
    return SMALL.replace(SWITCH, f"{soak}      - {measured}")


def lasting(name: str, restores: str = RESTORES) -> str:
    return SMALL.replace(f"      {SWITCH}\n", f"{COPY}{name}\n") + restores


LASTS_AS = "phases[0].steps[0].lasts_as"
CARDS = [
    (
        SMALL.replace(SWITCH, "- {check: measured, of: soak, figure: a, at_most: 1}"),
        "phases[0].steps[0].of",
        "there is no step `soak`: there are none",
    ),
    (measuring("soak", "p59_s"), "phases[0].steps[1].figure", "`load` measures no `p59_s`"),
    (SMALL.replace("run: make ready", "check: secrets"), "preflight[0]", "checks no secret"),
    (
        edited(
            "\nmonitors:",
            "\nmonitors:\n  - {monitor: q, source: prometheus, query: up, above: 1, samples: 5}",
        ),
        "monitors[0].samples",
        "nothing counts the samples",
    ),
    (lasting("restord"), LASTS_AS, "there is no `restord`: did you mean `restored`?"),
    (
        lasting("answers"),
        LASTS_AS,
        "`answers` is no `restore` check: known are `restored`, `both`",
    ),
    (
        lasting("x", ""),
        LASTS_AS,
        "there is no `x`: give a `restore` check of this card an `id`",
    ),
]
"""Whole cards, each with the one problem that it has."""

SEVERAL = [
    (
        edited("traffic:\n  set:", "x-traffic:\n  set:"),
        {"phases[2].steps[1].traffic": "no `traffic:`", "rollback.traffic[0].traffic": "says how"},
    ),
    (
        edited("rollback:\n  healthy", "x-rollback:\n  healthy"),
        {
            "breakers[3].rollback": "list the steps under `rollback.traffic`",
            "breakers[4].rollback": "that plan is empty",
            "phases[2].steps[2].on_trip": "nothing to roll back with",
        },
    ),
]
"""Whole cards that have several problems, among them these, by key."""


@pytest.mark.parametrize(("old", "new", "key", "says"), EDITS)
def test_a_rule_names_key_and_remedy(old: str, new: str, key: str, says: str) -> None:
    problem = only(edited(old, new))
    assert problem.key == key
    assert says in problem.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("url: ${TARGET_URL}", "url: https://${USER}:${PASSWORD}@api.example.com/"),
        ("url: ${TARGET_URL}", "url: https://bob@api.example.com:8443/?token=${TOKEN}"),
        ("token: ${SMOKE_JWT}", "token: ''"),
        (STEP, "- run: awk '{print $1}' access.log"),
        (STEP, "- confirm: basic health checks pass, bearer tokens are refused"),
        (STEP, "- run: echo ${HOME:-/}\n        shell: true"),
        ("above: 100/min", "above: 0"),
        ("{lasts: 2h}", "{opens: 2027-03-01T02:00Z, closes: 2027-03-01T04:00Z}"),
        ("rate: {code: 401|403}", "rate: {}"),
        ("watch: [p95, errors]", "watch: []"),
    ],
)
def test_a_rule_leaves_alone_what_is_right(old: str, new: str) -> None:
    assert problems(edited(old, new)) == ()


@pytest.mark.parametrize(("card", "key", "says"), CARDS, ids=[says for _, _, says in CARDS])
def test_a_rule_names_the_one_problem_of_a_card(card: str, key: str, says: str) -> None:
    problem = only(card)
    assert problem.key == key
    assert says in problem.message


@pytest.mark.parametrize(("card", "says"), SEVERAL, ids=["no router", "no plan"])
def test_a_rule_names_each_problem_of_a_card(card: str, says: Mapping[str, str]) -> None:
    found = {each.key: each.message for each in problems(card)}
    assert {key for key, part in says.items() if part not in found.get(key, "")} == set()


def broken(card: str, says: Mapping[str, str]) -> set[Rule]:
    """Return the rules that find in a card one of these faults: a part of its message, by key."""
    root = compose(card)
    assert root is not None
    raw = NodePlaces(root).data
    return {
        rule
        for rule in RULES
        for fault in rule(raw)
        if says.get(dotted(fault.path), "\0") in fault.message
    }


def test_each_rule_is_broken_by_a_test() -> None:
    tried = [*((edited(old, new), {key: says}) for old, new, key, says in EDITS), *SEVERAL]
    tried += [(card, {key: says}) for card, key, says in CARDS]
    found = {rule for card, says in tried for rule in broken(card, says)}
    untried = [rule.__name__ for rule in RULES if rule not in found]
    assert not untried, (
        f"no test breaks the rule {', '.join(untried)}: add to EDITS, CARDS or SEVERAL a card that "
        "does, with the fault"
    )


@pytest.mark.law(8)
def test_law_8_no_rule_repeats_the_secret_that_it_found() -> None:
    """Law 8: what a rule finds in the card reaches no error text."""
    pieces = ("https://bob:hunter2@x/", "https://x/?password=hunter2", "'Bearer hunter2'")
    for piece in pieces:
        found = problems(edited("url: ${TARGET_URL}", f"url: {piece}"))
        assert found
        assert "hunter2" not in "\n".join(map(str, found))


@pytest.mark.parametrize("name", ["restored", "both"])
def test_a_step_may_last_as_long_as_a_restore(name: str) -> None:
    assert problems(lasting(name)) == ()


def test_a_problem_stands_at_the_line_of_its_key() -> None:
    card = lasting("restord")
    assert only(card).line == line_of(card, "lasts_as")
