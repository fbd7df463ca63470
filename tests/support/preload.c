/* Loaded before the system's library: a broker whose syncs are slow, and clocks that go wrong, while a run wants them to. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* While a file is there, each sync of the broker takes 0.6 s longer. */

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

/* A file holds the seconds by which all wall clocks are wrong. Monotonic clocks are right, as they are in life. */

static long seconds_wrong(void) {
    static const long right = 0;
    static const volatile long *wrong = NULL;
    if (!wrong) {
        const char *place = getenv("SIGNALBOX_TEST_CLOCK");
        int file = place ? open(place, O_RDONLY | O_CLOEXEC) : -1;
        void *content = file < 0 ? MAP_FAILED : mmap(NULL, sizeof right, PROT_READ, MAP_SHARED, file, 0);
        if (file >= 0)
            close(file);
        wrong = content == MAP_FAILED ? &right : content;
    }
    return *wrong;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += seconds_wrong();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place)
        *place = now.tv_sec;
    return now.tv_sec;
}
