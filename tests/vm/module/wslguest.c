// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a WSL2 kernel has and Debian's has not: a PTP clock named hyperv, and the release string
 *
 * The licence differs from the rest of the project because this file is linked into a kernel: init_uts_ns and
 * ktime_get_raw() are exported to GPL modules only. Nothing of the project is built from it or installed
 * with it.
 *
 * Knobs in /sys/module/wslguest/parameters:
 *   offset_nsec  added to what the clock tells; a jump of it is a resume, or a Windows whose clock was set
 *   jitter_nsec  the clock errs by up to this much either way, at most a second
 *   stale        1: reads fail with ESTALE, as when the host gave no sample for ten minutes
 *   extended     0: PTP_SYS_OFFSET_EXTENDED fails with EOPNOTSUPP, as it does with the real clock
 *   release      what uname -r says; empty: the true one. modprobe looks for modules under this name, so load
 *                first what is needed, or give /lib/modules a link of that name
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/utsname.h>

#define RELEASE_SIZE sizeof_field(struct new_utsname, release)

static long offset_nsec;
static unsigned int jitter_nsec;
static bool stale;
static bool extended = true;

module_param(offset_nsec, long, 0644);
module_param(jitter_nsec, uint, 0644);
module_param(stale, bool, 0644);
module_param(extended, bool, 0644);

static s64 base_nsec; /* wall clock minus CLOCK_MONOTONIC_RAW, when the module was loaded */
static struct ptp_clock *clock;

static long jitter(void)
{
    u32 limit = min_t(u32, READ_ONCE(jitter_nsec), NSEC_PER_SEC);

    return (long)get_random_u32_below(2 * limit + 1) - limit;
}

/* Raw: steps and slews of the wall clock, which are what is tested, must not move it. */
static int tell_time(struct ptp_clock_info *info, struct timespec64 *time,
                     struct ptp_system_timestamp *system)
{
    s64 raw;

    /* Only the extended question wants system times. Taking the function away instead could race. */
    if (system && !READ_ONCE(extended))
        return -EOPNOTSUPP;
    if (READ_ONCE(stale))
        return -ESTALE;
    ptp_read_system_prets(system);
    raw = ktime_to_ns(ktime_get_raw());
    ptp_read_system_postts(system);
    *time = ns_to_timespec64(raw + base_nsec + READ_ONCE(offset_nsec) + jitter());
    return 0;
}

/* The kernel calls these without asking whether they are there. */
static int refuse_time(struct ptp_clock_info *info, const struct timespec64 *time)
{
    return -EOPNOTSUPP;
}

static int refuse_shift(struct ptp_clock_info *info, s64 delta)
{
    return -EOPNOTSUPP;
}

static int refuse_rate(struct ptp_clock_info *info, long rate)
{
    return -EOPNOTSUPP;
}

static int refuse_request(struct ptp_clock_info *info, struct ptp_clock_request *request, int on)
{
    return -EOPNOTSUPP;
}

static struct ptp_clock_info info = {
    .owner = THIS_MODULE,
    .name = "hyperv",
    .gettimex64 = tell_time,
    .settime64 = refuse_time,
    .adjtime = refuse_shift,
    .adjfine = refuse_rate,
    .enable = refuse_request,
};

static char true_release[RELEASE_SIZE];
static char dress[RELEASE_SIZE];
static bool loaded; /* under the lock of the parameters: outside it there is nobody to restore the release */

/*
 * Without uts_sem, which is not exported: a uname() at the same moment may see half of each string, and so
 * may a namespace that is being made. Namespaces made earlier keep what they had.
 */
static void show_release(const char *release)
{
    strscpy_pad(init_uts_ns.name.release, release, RELEASE_SIZE);
}

static int set_release(const char *value, const struct kernel_param *param)
{
    size_t length = strcspn(value, "\n");

    if (length >= RELEASE_SIZE)
        return -ENAMETOOLONG;
    memcpy(dress, value, length);
    dress[length] = 0;
    /* While the module's arguments are read, it may yet fail to load. */
    if (loaded)
        show_release(*dress ? dress : true_release);
    return 0;
}

static int get_release(char *buffer, const struct kernel_param *param)
{
    return sysfs_emit(buffer, "%s\n", dress);
}

static const struct kernel_param_ops release_ops = {.set = set_release, .get = get_release};
module_param_cb(release, &release_ops, NULL, 0644);

static void undress(void)
{
    kernel_param_lock(THIS_MODULE);
    show_release(true_release);
    loaded = false;
    kernel_param_unlock(THIS_MODULE);
}

static void put_dress_on(void)
{
    kernel_param_lock(THIS_MODULE);
    strscpy(true_release, init_uts_ns.name.release, RELEASE_SIZE);
    if (*dress)
        show_release(dress);
    loaded = true;
    kernel_param_unlock(THIS_MODULE);
}

static int __init wslguest_init(void)
{
    base_nsec = ktime_to_ns(ktime_get_real()) - ktime_to_ns(ktime_get_raw());
    clock = ptp_clock_register(&info, NULL);
    if (IS_ERR_OR_NULL(clock))
        return clock ? PTR_ERR(clock) : -ENODEV;
    put_dress_on();
    return 0;
}

static void __exit wslguest_exit(void)
{
    undress();
    ptp_clock_unregister(clock);
}

module_init(wslguest_init);
module_exit(wslguest_exit);
MODULE_DESCRIPTION("What a WSL2 kernel has, for the tests of wslnode");
MODULE_LICENSE("GPL");
