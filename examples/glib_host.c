/* Async tasks inside a GLib main loop: a source that watches the loop's descriptor and its
 * deadline. The same few lines embed it in any other host.
 *
 *     asyncc -O2 glib_host.c $(pkg-config --cflags --libs glib-2.0) -o glib_host
 */
#include <asyncc.h>

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

struct async_source {
	GSource source;
	gpointer tag;
	GMainLoop *host;
};

/* What ends the host. */
static int error;

/* GLib's clock counts microseconds of the same clock. */
static void set_deadline(GSource *source)
{
	uint64_t deadline = async_loop_deadline();

	if (deadline == UINT64_MAX)
		g_source_set_ready_time(source, -1);
	else
		g_source_set_ready_time(source, (gint64)((deadline + 999) / 1000));
}

static gboolean prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	set_deadline(source);
	return async_loop_deadline() == 0;
}

static gboolean check(GSource *source)
{
	struct async_source *self = (struct async_source *)source;
	gint64 due = g_source_get_ready_time(source);

	return g_source_query_unix_fd(source, self->tag) != 0 ||
	       (due >= 0 && due <= g_get_monotonic_time());
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
	int done = async_loop_run_once();

	(void)callback;
	(void)data;
	if (done >= 0)
		return G_SOURCE_CONTINUE;
	error = done;
	g_main_loop_quit(((struct async_source *)source)->host);
	return G_SOURCE_REMOVE;
}

static GSourceFuncs functions = {.prepare = prepare, .check = check, .dispatch = dispatch};

static GSource *async_source_new(GMainLoop *host)
{
	int fd = async_loop_fd();
	GSource *source;

	if (fd < 0)
		return NULL;
	source = g_source_new(&functions, sizeof(struct async_source));
	((struct async_source *)source)->host = host;
	((struct async_source *)source)->tag = g_source_add_unix_fd(source, fd, G_IO_IN);
	return source;
}

async static int count(const char *name, int ms)
{
	for (int i = 1; i <= 3; i++) {
		int r = await async_sleep_ms(ms);
		if (r < 0)
			return r;
		printf("%s %d\n", name, i);
	}
	return 0;
}

async static int count_both(void)
{
	async_task(int) fast = async_spawn(count("fast", 10));
	async_task(int) slow = async_spawn(count("slow", 25));
	int first = await async_join(fast), second = await async_join(slow);

	return first ? first : second;
}

async static void run(GMainLoop *host)
{
	error = await count_both();
	g_main_loop_quit(host);
}

static gboolean tick(gpointer data)
{
	int *ticks = data;

	return ++*ticks < 5;
}

int main(void)
{
	GMainLoop *host = g_main_loop_new(NULL, FALSE);
	GSource *source = async_source_new(host);
	async_task(void) task = source ? async_spawn(run(host)) : NULL;
	int ticks = 0;

	error = task ? 0 : -ENOMEM;
	if (task) {
		g_source_attach(source, NULL);
		g_timeout_add(1, tick, &ticks);
		async_detach(task);
		g_main_loop_run(host);
	}
	if (error < 0)
		fprintf(stderr, "glib_host: %s\n", strerror(-error));
	else
		printf("%s\n",
		       ticks == 5 ? "the host's own timers ran too" : "the host was starved");
	if (source) {
		g_source_destroy(source);
		g_source_unref(source);
	}
	g_main_loop_unref(host);
	return error < 0;
}
