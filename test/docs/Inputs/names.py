"""Says which of asyncio's public names the page for its users does not have.

names.py PAGE. The names are those of the high-level API of CPython 3.14: runners, coroutines and
tasks, streams, synchronisation primitives, subprocesses, queues, exceptions, call graph
introspection.
"""
import re
import sys

import page

NAMES = """
run Runner get_loop debug
Task TaskGroup Timeout create_task current_task all_tasks sleep gather shield wait wait_for timeout
timeout_at as_completed to_thread run_coroutine_threadsafe iscoroutine eager_task_factory
create_eager_task_factory FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED done result exception
add_done_callback remove_done_callback get_stack print_stack get_coro get_context get_name set_name
cancel cancelled uncancel cancelling when reschedule expired
open_connection start_server open_unix_connection start_unix_server StreamReader StreamWriter read
readline readexactly readuntil at_eof feed_eof write writelines drain close is_closing wait_closed
can_write_eof write_eof get_extra_info transport start_tls serve_forever close_clients
Lock Event Condition Semaphore BoundedSemaphore Barrier acquire release locked set is_set clear
notify notify_all parties n_waiting broken abort reset
create_subprocess_exec create_subprocess_shell Process communicate send_signal terminate kill
returncode pid stdin stdout stderr PIPE STDOUT DEVNULL
Queue PriorityQueue LifoQueue put get put_nowait get_nowait task_done join qsize empty full maxsize
shutdown immediate QueueEmpty QueueFull QueueShutDown
TimeoutError CancelledError InvalidStateError SendfileNotAvailableError IncompleteReadError
LimitOverrunError BrokenBarrierError expected partial consumed
print_call_graph capture_call_graph format_call_graph FrameCallGraphEntry FutureCallGraph
future_add_to_awaited_by future_discard_from_awaited_by
""".split()

# What stands between backquotes in the first column of a table.
cells = " ".join(re.findall(r"^\|([^|]*)\|", page.read(sys.argv[1]), flags=re.M))
quoted = " ".join(re.findall(r"`([^`]*)`", cells))
missing = [name for name in NAMES if not re.search(r"\b%s\b" % name, quoted)]
print("%d names, missing: %s" % (len(NAMES), " ".join(missing) or "none"))
sys.exit(bool(missing))
