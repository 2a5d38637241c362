#include "CLineEditor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int32_t interrupts_pending = 0;

static void (*interrupt_hook)(void) = NULL;

static int wake_pipe[2] = {-1, -1};

static void wake(char why) {
  int saved = errno;
  if (wake_pipe[1] >= 0) {
    // A full pipe means that a wake-up is already waiting.
    ssize_t written = write(wake_pipe[1], &why, 1);
    (void)written;
  }
  errno = saved;
}

static void on_interrupt(int number) {
  (void)number;
  __atomic_add_fetch(&interrupts_pending, 1, __ATOMIC_RELAXED);
  if (interrupt_hook != NULL) interrupt_hook();
  wake('i');
}

static void on_resize(int number) {
  (void)number;
  wake('w');
}

static void on_continue(int number) {
  (void)number;
  wake('c');
}

// Whoever started the program may have blocked signals, and children inherit that.
static void unblock(const int *numbers, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, numbers[i]);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {0};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
  unblock(&number, 1);
}

void signals_set_interrupt_hook(void (*hook)(void)) { interrupt_hook = hook; }

void signals_install(void) {
  if (wake_pipe[0] >= 0) return;
  if (pipe(wake_pipe) == 0) {
    for (int end = 0; end < 2; end++) {
      fcntl(wake_pipe[end], F_SETFL, O_NONBLOCK);
      fcntl(wake_pipe[end], F_SETFD, FD_CLOEXEC);
    }
  }
  handle(SIGINT, on_interrupt);
  handle(SIGWINCH, on_resize);
  handle(SIGCONT, on_continue);
}

void signals_wake(void) { wake('a'); }

int signals_take(void) {
  int set = 0;
  char letters[64];
  ssize_t count;
  while (wake_pipe[0] >= 0 && (count = read(wake_pipe[0], letters, sizeof letters)) > 0) {
    for (ssize_t i = 0; i < count; i++) {
      switch (letters[i]) {
      case 'i': set |= 1; break;
      case 'w': set |= 2; break;
      case 'c': set |= 4; break;
      default: set |= 8;
      }
    }
  }
  return set;
}

int terminal_wait(int input, int milliseconds) {
  struct pollfd ends[2] = {{.fd = input, .events = POLLIN}, {.fd = wake_pipe[0], .events = POLLIN}};
  int ready = poll(ends, 2, milliseconds);
  if (ready < 0) return errno == EINTR ? 2 : -1;
  if (!(ends[0].revents & POLLIN) && (ends[0].revents & (POLLHUP | POLLERR | POLLNVAL))) return -1;
  return (ends[0].revents & POLLIN ? 1 : 0) | (ends[1].revents & POLLIN ? 2 : 0);
}

// --- Giving the terminal back -------------------------------------------------------------------

static const int fatal_signals[] = {SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV,
                                    SIGBUS,  SIGILL, SIGFPE,  SIGTRAP};
enum { fatal_count = sizeof fatal_signals / sizeof fatal_signals[0] };

static struct termios guarded_modes;
static struct sigaction earlier_actions[fatal_count];
static volatile sig_atomic_t guarded_terminal = -1;
static int guard_depth = 0;

// Bracketed paste off, cursor shown, colours off.
static void give_back(void) {
  int terminal = guarded_terminal;
  if (terminal < 0) return;
  guarded_terminal = -1;
  static const char reset[] = "\033[?2004l\033[?25h\033[0m";
  ssize_t written = write(terminal, reset, sizeof reset - 1);
  (void)written;
  tcsetattr(terminal, TCSANOW, &guarded_modes);
}

static void on_fatal(int number) {
  give_back();
  // The earlier action (the runtime's backtrace, or the default) then does its work.
  for (int i = 0; i < fatal_count; i++)
    if (fatal_signals[i] == number) sigaction(number, &earlier_actions[i], NULL);
  raise(number);
}

void terminal_guard_begin(int terminal) {
  static bool registered = false;
  if (guard_depth++ > 0) return;
  if (tcgetattr(terminal, &guarded_modes) != 0) return;
  guarded_terminal = terminal;
  if (!registered) {
    registered = true;
    atexit(give_back);
  }
  struct sigaction action = {0};
  action.sa_handler = on_fatal;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < fatal_count; i++)
    sigaction(fatal_signals[i], &action, &earlier_actions[i]);
  unblock(fatal_signals, fatal_count);
}

void terminal_guard_end(void) {
  if (--guard_depth > 0 || guarded_terminal < 0) return;
  tcsetattr(guarded_terminal, TCSADRAIN, &guarded_modes);
  guarded_terminal = -1;
  for (int i = 0; i < fatal_count; i++) sigaction(fatal_signals[i], &earlier_actions[i], NULL);
}

bool terminal_enter_key_mode(int terminal) {
  struct termios modes;
  if (tcgetattr(terminal, &modes) != 0) return false;
  modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  modes.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  return tcsetattr(terminal, TCSADRAIN, &modes) == 0;
}

bool terminal_write(int descriptor, const void *bytes, long count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(descriptor, next, (size_t)count);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      struct pollfd end = {.fd = descriptor, .events = POLLOUT};
      poll(&end, 1, 1000);
      continue;
    }
    next += written;
    count -= written;
  }
  return true;
}

bool terminal_size(int descriptor, int32_t *columns, int32_t *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}
