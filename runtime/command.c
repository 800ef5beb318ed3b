/* Running a command from its start to its end. */
#define _GNU_SOURCE
#include <asyncc.h>

#include "internal.h"

#define GRACE_MS 1000

ASYNC__EXPORT async int async_command_run(const struct async_command *command, const void *input,
					  size_t len, struct async_output *out,
					  struct async_output *err)
{
	ASYNC_PROCESS(process, GRACE_MS);
	int error = await async_process_start(&process, command);

	if (error)
		return error;
	return await async_process_communicate(&process, input, len, out, err);
}
