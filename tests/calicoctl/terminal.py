"""Types into a program as a person at a terminal does.

argv: the program and its arguments. stdin: a JSON list of [what to type, regular expression to wait for]. Prints all
that the terminal showed; exits with 1 when something does not come within 60 seconds.
"""
import json, os, pty, re, select, signal, sys, time

steps = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, status = "", 0
for typed, awaited in steps:
    os.write(terminal, typed.encode())
    seen, deadline = len(shown), time.time() + 60
    while not re.search(awaited, shown[seen:]):
        ready = select.select([terminal], [], [], max(0, deadline - time.time()))[0]
        try:
            part = os.read(terminal, 65536) if ready else b""
        except OSError:
            part = b""
        if not part:
            status = 1
            break
        shown += part.decode(errors="replace")
    if status:
        break
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
sys.stdout.write(shown)
sys.exit(status)
