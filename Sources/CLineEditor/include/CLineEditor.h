// What Swift needs of libedit and of signals. libedit's calls are variadic and its handlers carry
// no context, so they are wrapped here; signal handlers may only touch atomics and system calls,
// so they are written in C.
#ifndef CLINEEDITOR_H
#define CLINEEDITOR_H

#include <stdbool.h>
#include <stdint.h>

// --- The line editor ---------------------------------------------------------------------------

typedef struct LineEditor LineEditor;

// Gives the next character: a Unicode scalar for libedit's key maps, or `LINE_EDITOR_OWN_KEY` for a
// key that the caller carries out itself. Returns 1, or 0 at the end of input.
typedef int32_t (*LineEditorRead)(void *context, uint32_t *scalar);

// Carries out an own key (or one of vi's j k / ? : v) and says what libedit does next.
typedef uint8_t (*LineEditorAct)(void *context, uint32_t key);

// A C1 control: no key sends it.
static const uint32_t LINE_EDITOR_OWN_KEY = 0x80;

static const uint8_t LINE_EDITOR_ACCEPT = 1;   // CC_NEWLINE
static const uint8_t LINE_EDITOR_END = 2;      // CC_EOF
static const uint8_t LINE_EDITOR_CONTINUE = 4; // CC_REFRESH

// Edits on `input`. libedit keeps the buffer, the key maps, the kill ring and the modes of the
// terminal; what it would draw goes nowhere: the caller paints. Null when libedit cannot start.
LineEditor *line_editor_create(int input, int output, void *context, LineEditorRead read,
                               LineEditorAct act);
void line_editor_destroy(LineEditor *editor);

// Reads the user's ~/.editrc (its key bindings); do this before `line_editor_bind`.
void line_editor_source(LineEditor *editor);

// Binds the own key in both key maps, and vi's j k / ? : v, to `act`.
void line_editor_bind(LineEditor *editor);

bool line_editor_is_vi(LineEditor *editor);

// Edits one line until a bound key accepts it. False at the end of input.
bool line_editor_run(LineEditor *editor);

// The buffer being edited: valid until the next call.
const uint32_t *line_editor_text(LineEditor *editor, int32_t *length, int32_t *cursor);

// Puts `text` in place of the characters from `from` to `to`; the cursor ends after it.
void line_editor_replace(LineEditor *editor, int32_t from, int32_t to, const uint32_t *text,
                         int32_t length);
void line_editor_set_cursor(LineEditor *editor, int32_t position);

// Gives the terminal back to its normal modes, or takes it again.
void line_editor_prepare_terminal(LineEditor *editor, bool editing);
// Makes the screen that libedit believes in large enough for a text of so many columns, were it one
// line, and line breaks: it reads outside its memory when a text is higher than the screen.
void line_editor_make_room(LineEditor *editor, int32_t columns, int32_t breaks);

// Makes the character type of the process's locale UTF-8 where it is something else.
void locale_use_utf8(void);

// --- Signals -----------------------------------------------------------------------------------

// How often Ctrl-C came since the last clear. Zeroing and reading are atomic.
extern int32_t interrupts_pending;
static inline int32_t interrupts_count(void) {
  return __atomic_load_n(&interrupts_pending, __ATOMIC_RELAXED);
}
static inline void interrupts_clear(void) {
  __atomic_store_n(&interrupts_pending, 0, __ATOMIC_RELAXED);
}

// Handles SIGINT by counting. SIGINT, SIGWINCH and SIGCONT end a `terminal_wait`.
void signals_install(void);

// Called within the handler of SIGINT too: it may do no more than store to an atomic. Set it before
// the handler is installed.
void signals_set_interrupt_hook(void (*hook)(void));

// Ends a `terminal_wait` from any thread.
void signals_wake(void);

// Remembers the terminal's present modes and gives them back when the process exits or dies of a
// signal that can be handled. Nests: only the outermost pair counts.
void terminal_guard_begin(int terminal);
void terminal_guard_end(void);

// Single keys without echo; Ctrl-C still raises SIGINT. False where `terminal` is none.
bool terminal_enter_key_mode(int terminal);
// Writes everything, going on after a partial write or a signal. False when it cannot.
bool terminal_write(int descriptor, const void *bytes, long count);
bool terminal_size(int descriptor, int32_t *columns, int32_t *rows);

// Waits for a byte of `input` (1), a signal's wake-up (2), both (3) or `milliseconds` to pass (0);
// negative waits for ever. -1 where `input` has closed and holds nothing more.
int terminal_wait(int input, int milliseconds);
// Takes the wake-ups out of the pipe and returns their letters' set: 1 interrupt, 2 size,
// 4 continued, 8 asked for.
int signals_take(void);

#endif
