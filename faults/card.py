"""A small card whose steps leave a trace of their own in a file, and the commands of its steps."""

CARD = """\
cockpit: 1
service: shop
environment: staging
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 4h}
target: {url: "${SHOP_URL}"}
traffic:
  set: ${PYTHON} ask.py weight {percent}
  observe: {url: "${OBSERVE_URL}", counter: shop_requests, label: version, requests: 100}
preflight:
  - {check: http, id: answers, title: the shop answers, path: /health, status: [200]}
phases:
  - phase: T-30
    title: release
    steps:
      - {run: "./effect.sh migrate", id: migrate, title: migrate, changes: database}
      - {run: "./effect.sh deploy", id: deploy, title: deploy, changes: application}
  - phase: T-0
    title: canary
    steps:
      - {traffic: 50%, id: half, within: 20s}
      - {hold: 1s, id: watched, title: watched, watch: [errors], on_trip: rollback}
      - {run: "./effect.sh announce", id: announce, title: announce}
monitors:
  - monitor: errors
    source: metrics
    url: ${METRICS_URL}
    of: shop_requests
    share: {code: "5.."}
    above: 5 %
    every: 200ms
    over: 2s
    samples: 20
breakers:
  - breaker: demote
    key: f2
    takes: endpoint
    run: ${PYTHON} ask.py demote {endpoint}
    changes: "{endpoint} is gone"
    verify: {check: http, path: "{endpoint}", status: [404]}
    within: 5s
  - {breaker: back, key: f5, rollback: all}
rollback:
  healthy: {check: http, path: /health, status: [200]}
  traffic: [{traffic: 0%, id: nothing, within: 20s}]
  application: [{run: "./effect.sh undeploy", id: undeploy, title: undeploy}]
  database: [{run: "./effect.sh undo", id: undo, title: undo}]
done:
  technical:
    - {check: http, id: well, title: the shop is well, path: /health, status: [200]}
"""

EFFECT = """\
#!/bin/sh
echo "$1 begun" >> effects.log
if [ "$1" = "${BREAKS:-}" ]; then eval "$BREAKING"; fi
sleep "${PAUSE:-0.2}"
echo "$1 done" >> effects.log
"""

ASK = """\
import os, sys, time, urllib.request
words = " ".join(sys.argv[1:])
def note(what):
    with open("effects.log", "a") as log:
        log.write(f"{words} {what}\\n")
note("begun")
time.sleep(float(os.environ.get("PAUSE", 0.2)))
url = f"{os.environ['SHOP_URL']}/{sys.argv[1]}"
request = urllib.request.Request(url, sys.argv[2].encode(), method="PUT")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open(request, timeout=5).read()
note("done")
"""

EFFECTS = {
    "migrate": "migrate",
    "deploy": "deploy",
    "half": "weight 50",
    "announce": "announce",
    "nothing": "weight 0",
    "undeploy": "undeploy",
    "undo": "undo",
}
"""By the id of a step, what its command notes when it begins, and when it is done."""

DEMOTED = "/api/users"
DEMOTION = f"demote {DEMOTED}"
"""The breaker `demote` with its argument, and what its command notes."""
