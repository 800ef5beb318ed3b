/* Hashes all files below a directory, many at once: FNV-1a, 64 bits, of each file's content.
 *
 *     asyncc -O2 hash_files.c -o hash_files && ./hash_files /usr/include
 *
 * One task walks over the tree and hands the names to a fixed number of tasks that read and
 * hash. The last line says how much there was.
 */
#include <asyncc.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS 32
#define PIECE 65536

static uint64_t files, bytes;
static int failures;
static async_chan(char *) names;

static async int64_t hash(const char *path, unsigned char *piece, uint64_t *value)
{
	int fd = await async_open(path, O_RDONLY | O_NOFOLLOW, 0);
	int64_t size = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	*value = UINT64_C(0xcbf29ce484222325);
	while ((n = await async_pread(fd, piece, PIECE, size)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			*value = (*value ^ piece[i]) * UINT64_C(0x100000001b3);
		size += n;
	}
	await async_close(fd);
	return n < 0 ? n : size;
}

static void report(const char *path, int64_t size, uint64_t value)
{
	if (size < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror((int)-size));
		failures++;
		return;
	}
	printf("%016" PRIx64 "  %s\n", value, path);
	files++;
	bytes += (uint64_t)size;
}

static async int read_files(void)
{
	unsigned char *piece = malloc(PIECE);
	uint64_t value;
	char *path;

	while (piece && await async_chan_recv(names, &path) == 0) {
		int64_t size = await hash(path, piece, &value);
		report(path, size, value);
		free(path);
	}
	free(piece);
	return piece ? 0 : -ENOMEM;
}

static async int send_names(const char *root)
{
	struct async_walk_entry entry;
	struct async_walk *walk;
	int r = await async_walk_open(root, 0, &walk);

	while (r >= 0 && (r = await async_walk_next(walk, &entry)) > 0) {
		if (entry.error)
			report(entry.path, entry.error, 0);
		if (entry.type != DT_REG)
			continue;
		char *path = strdup(entry.path);
		r = path ? await async_chan_send(names, path) : -ENOMEM;
		if (r < 0)
			free(path);
	}
	async_walk_close(walk);
	async_chan_close(names);
	return r;
}

async int main(int argc, char **argv)
{
	struct async_group group;
	char *path;
	int r, end;

	if (argc != 2) {
		fprintf(stderr, "usage: hash_files DIRECTORY\n");
		return 2;
	}
	names = async_chan_new(char *, READERS);
	if (!names)
		return 1;
	async_group_open(&group);
	r = async_group_start(&group, send_names(argv[1]));
	for (int i = 0; i < READERS && !r; i++)
		r = async_group_start(&group, read_files());
	if (r)
		async_group_cancel(&group);
	end = await async_group_close(&group);
	r = r ? r : end;
	while (async_chan_try_recv(names, &path) == 0)
		free(path);
	async_chan_free(names);
	if (r < 0)
		fprintf(stderr, "hash_files: %s: %s\n", argv[1], strerror(-r));
	printf("%" PRIu64 " files, %" PRIu64 " bytes\n", files, bytes);
	return r < 0 || failures ? 1 : 0;
}
