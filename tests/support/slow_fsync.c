/* Loaded before the system's library: while a file is there, each sync of a disk takes 0.6 s longer. */

#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void be_slow(void) {
    const char *flag = getenv("SIGNALBOX_TEST_SLOW_FSYNC");
    struct timespec rest = {0, 600 * 1000 * 1000};
    if (flag && strcmp(program_invocation_short_name, "valkey-server") == 0 && access(flag, F_OK) == 0)
        nanosleep(&rest, NULL);
}

int fsync(int file) {
    be_slow();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    be_slow();
    return (int)syscall(SYS_fdatasync, file);
}
