"""Mark every output with the place in the code that made it: in the metadata of what is displayed, as marks in the text of the streams."""

from __future__ import annotations

MARK = "\x1e%s\x1f"
KEY = "nbpipe"


def install(shell, where):
    """Mark the outputs of this kernel.

    `where(data)` is the place that is running, or None where that is unknown: the output then belongs to the last known place. `data` is the
    MIME bundle that is shown, if one is.
    """
    shown = {}
    last = [""]

    def place(data=None):
        known = where(data)
        if known is not None:
            last[0] = known
        return last[0]

    def restart():
        shown.clear()
        last[0] = ""

    shell.events.register("pre_execute", restart)
    _mark_streams(shown, place)
    _mark_displays(shell.display_pub, shown, place)
    _mark_results(shell.displayhook, place)


def _mark_streams(shown, place):
    from ipykernel.iostream import OutStream

    write = OutStream.write

    def marked_write(stream, string):
        now = place()
        if now and shown.get(stream.name) != now:
            shown[stream.name] = now
            write(stream, MARK % now)
        return write(stream, string)

    OutStream.write = marked_write


def _mark_displays(publisher, shown, place):
    publish, clear = publisher.publish, publisher.clear_output

    def marked_publish(data, metadata=None, **options):
        return publish(data, {**(metadata or {}), KEY: place(data)}, **options)

    def marked_clear(wait=False):
        shown.clear()  # the marks go with the text that is cleared
        return clear(wait)

    publisher.publish, publisher.clear_output = marked_publish, marked_clear


def _mark_results(hook, place):
    write = hook.write_format_data

    def marked_write(format_dict, md_dict=None):
        return write(format_dict, {**(md_dict or {}), KEY: place()})

    hook.write_format_data = marked_write
