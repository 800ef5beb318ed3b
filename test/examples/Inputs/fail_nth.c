/* To be preloaded: makes one allocation or one call of a process fail, whoever makes it, and counts
 * them. FAIL_ALLOCATION and FAIL_CALL say which, counted from 1; FAIL_ERROR, with which error a call
 * does where it is not the one that it is known for; the counts are written to the file FAIL_COUNTS at
 * the end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long allocations, calls;
static long fail_allocation, fail_call, fail_error;
static atomic_bool counting;

static long number(const char *name)
{
	return getenv(name) ? atol(getenv(name)) : 0;
}

/* What AddressSanitizer does as a thread begins, which it expects to succeed. */
static _Thread_local bool exempt;

static bool allocation_fails(void)
{
	if (!counting || exempt || ++allocations != fail_allocation)
		return false;
	errno = ENOMEM;
	return true;
}

static bool call_fails(int error)
{
	if (!counting || ++calls != fail_call)
		return false;
	errno = fail_error ? (int)fail_error : error;
	return true;
}

static bool is_eventfd(int fd)
{
	char path[32], name[32] = "";

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof name - 1) > 0 && !strcmp(name, "anon_inode:[eventfd]");
}

static bool cut(int fd)
{
	int type = SOCK_STREAM;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type});
	if (type == SOCK_STREAM && fail_error != EINTR)
		shutdown(fd, SHUT_RDWR);
	return true;
}

#define INSTEAD(type, name, parameters, arguments, fails, failure)                                 \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (!real)                                                                         \
			real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                        \
		return fails ? failure : real arguments;                                           \
	}
#define ALLOCATION(name, parameters, arguments)                                                    \
	INSTEAD(void *, name, parameters, arguments, allocation_fails(), NULL)
#define WRAP(type, name, error, parameters, arguments)                                             \
	INSTEAD(type, name, parameters, arguments, call_fails(error), -1)

/* The connection is not of use any more then, unless it was only a signal; datagrams go on. */
#define WRAP_TRANSFER(name, parameters, arguments)                                                 \
	INSTEAD(ssize_t, name, parameters, arguments, call_fails(ECONNRESET) && cut(fd),           \
		(errno = fail_error ? (int)fail_error : ECONNRESET, -1))

ALLOCATION(malloc, (size_t size), (size))
ALLOCATION(calloc, (size_t count, size_t size), (count, size))
ALLOCATION(realloc, (void *old, size_t size), (old, size))

WRAP(int, socket, EMFILE, (int a, int b, int c), (a, b, c))
WRAP(int, connect, EADDRNOTAVAIL, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(int, accept4, EMFILE, (int fd, struct sockaddr *a, socklen_t *n, int f), (fd, a, n, f))
WRAP(ssize_t, read, EIO, (int fd, void *to, size_t n), (fd, to, n))
/* Writing to an eventfd never fails, unless it were to overflow. */
INSTEAD(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n),
	!is_eventfd(fd) && call_fails(EIO), -1)
WRAP(ssize_t, writev, EIO, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP_TRANSFER(recv, (int fd, void *to, size_t n, int f), (fd, to, n, f))
WRAP_TRANSFER(send, (int fd, const void *from, size_t n, int f), (fd, from, n, f))
WRAP_TRANSFER(sendmsg, (int fd, const struct msghdr *m, int f), (fd, m, f))
WRAP(ssize_t, pread, EIO, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
WRAP(ssize_t, pread64, EIO, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
WRAP(ssize_t, pwrite, ENOSPC, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
WRAP(ssize_t, pwrite64, ENOSPC, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
WRAP(int, fsync, EIO, (int fd), (fd))
WRAP(int, fdatasync, EIO, (int fd), (fd))
WRAP(int, ftruncate, EIO, (int fd, off_t n), (fd, n))
WRAP(int, ftruncate64, EIO, (int fd, off64_t n), (fd, n))
WRAP(int, rename, EIO, (const char *a, const char *b), (a, b))
WRAP(int, unlink, EIO, (const char *a), (a))
WRAP(int, flock, ENOLCK, (int fd, int how), (fd, how))
WRAP(int, fstat, EIO, (int fd, struct stat *to), (fd, to))
WRAP(int, stat, EIO, (const char *a, struct stat *to), (a, to))
WRAP(int, statx, EIO, (int d, const char *a, int f, unsigned m, struct statx *to), (d, a, f, m, to))
WRAP(ssize_t, readv, EIO, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP_TRANSFER(recvmsg, (int fd, struct msghdr *m, int f), (fd, m, f))
WRAP(ssize_t, splice, EIO, (int a, off64_t *i, int b, off64_t *o, size_t n, unsigned f),
     (a, i, b, o, n, f))
WRAP(ssize_t, sendfile, EIO, (int a, int b, off_t *at, size_t n), (a, b, at, n))
WRAP(int, pipe2, EMFILE, (int fds[2], int f), (fds, f))
WRAP(int, bind, EADDRINUSE, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(int, listen, EADDRINUSE, (int fd, int n), (fd, n))
WRAP(int, getsockname, ENOBUFS, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
WRAP(off_t, lseek, EIO, (int fd, off_t at, int how), (fd, at, how))
WRAP(int, inotify_init1, EMFILE, (int f), (f))
WRAP(int, inotify_add_watch, ENOSPC, (int fd, const char *a, uint32_t f), (fd, a, f))
WRAP(int, epoll_wait, EINTR, (int e, struct epoll_event *v, int n, int ms), (e, v, n, ms))
WRAP(int, poll, ENOMEM, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))
WRAP(int, epoll_create1, EMFILE, (int f), (f))
WRAP(int, epoll_ctl, ENOSPC, (int e, int o, int fd, struct epoll_event *v), (e, o, fd, v))
WRAP(int, eventfd, EMFILE, (unsigned n, int f), (n, f))
WRAP(int, getsockopt, ENOBUFS, (int fd, int l, int o, void *v, socklen_t *n), (fd, l, o, v, n))
WRAP(int, setsockopt, ENOBUFS, (int fd, int l, int o, const void *v, socklen_t n), (fd, l, o, v, n))

INSTEAD(FILE *, fopen, (const char *path, const char *how), (path, how), call_fails(EMFILE), NULL)
INSTEAD(FILE *, fopen64, (const char *path, const char *how), (path, how), call_fails(EMFILE), NULL)
/* It closes in any case. */
INSTEAD(int, fclose, (FILE * file), (file),
	call_fails(ENOSPC) && (real(file), errno = ENOSPC, true), EOF)

/* The results of these are the errors. */
INSTEAD(int, getaddrinfo,
	(const char *host, const char *service, const struct addrinfo *hints,
	 struct addrinfo **list),
	(host, service, hints, list), call_fails(EAGAIN), EAI_AGAIN)
INSTEAD(int, pthread_create,
	(pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *arg),
	(thread, how, run, arg), call_fails(EAGAIN), EAGAIN)

int pthread_getattr_np(pthread_t thread, pthread_attr_t *to)
{
	int (*real)(pthread_t, pthread_attr_t *) =
		(int (*)(pthread_t, pthread_attr_t *))dlsym(RTLD_NEXT, "pthread_getattr_np");
	int error;

	exempt = true;
	error = real(thread, to);
	exempt = false;
	return error;
}

#define WRAP_OPEN(name, parameters, arguments)                                                     \
	int name parameters                                                                        \
	{                                                                                          \
		static int(*real) parameters;                                                      \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;          \
		va_end(args);                                                                      \
		if (!real)                                                                         \
			real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                         \
		return call_fails(EMFILE) ? -1 : real arguments;                                   \
	}

WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))

/* That of liblsan, preloaded too, does not work. */
char *strerror(int error)
{
	return (char *)(uintptr_t)strerrordesc_np(error);
}

/* Nothing fails from there on. */
void exit(int status)
{
	void (*real)(int) = (void (*)(int))dlsym(RTLD_NEXT, "exit");

	counting = false;
	real(status);
	__builtin_unreachable();
}

static int (*real_main)(int argc, char **argv, char **environment);

static int counted_main(int argc, char **argv, char **environment)
{
	FILE *file;
	int status;

	fail_allocation = number("FAIL_ALLOCATION");
	fail_call = number("FAIL_CALL");
	fail_error = number("FAIL_ERROR");
	counting = true;
	status = real_main(argc, argv, environment);
	counting = false;
	if (getenv("FAIL_COUNTS") && (file = fopen(getenv("FAIL_COUNTS"), "w"))) {
		fprintf(file, "%ld %ld\n", (long)allocations, (long)calls);
		fclose(file);
	}
	return status;
}

/* Only what main does is counted, not what the loader and the C library do before and after. */
int __libc_start_main(int (*main_function)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*loader_fini)(void),
		      void *stack)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
		    void (*)(void), void *) =
		(int (*)(int (*)(int, char **, char **), int, char **, void (*)(void),
			 void (*)(void), void (*)(void), void *))dlsym(RTLD_NEXT,
								       "__libc_start_main");

	real_main = main_function;
	return real(counted_main, argc, argv, init, fini, loader_fini, stack);
}
