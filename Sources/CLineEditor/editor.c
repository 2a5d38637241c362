#include "CLineEditor.h"

#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(wchar_t) == sizeof(uint32_t), "libedit's characters are scalars");

struct LineEditor {
  EditLine *edit;
  FILE *sink;
  void *context;
  LineEditorRead read;
  LineEditorAct act;
  int lines;
};

static LineEditor *owner(EditLine *edit) {
  LineEditor *editor = NULL;
  el_get(edit, EL_CLIENTDATA, &editor);
  return editor;
}

static int read_character(EditLine *edit, wchar_t *character) {
  LineEditor *editor = owner(edit);
  uint32_t scalar = 0;
  int count = editor->read(editor->context, &scalar);
  *character = (wchar_t)scalar;
  return count;
}

static unsigned char act_on_key(EditLine *edit, wint_t key) {
  LineEditor *editor = owner(edit);
  return editor->act(editor->context, (uint32_t)key);
}

LineEditor *line_editor_create(int input, int output, void *context, LineEditorRead read,
                               LineEditorAct act) {
  LineEditor *editor = calloc(1, sizeof *editor);
  if (!editor) return NULL;
  *editor = (LineEditor){.context = context, .read = read, .act = act};
  editor->sink = fopen("/dev/null", "w");
  if (editor->sink)
    editor->edit = el_init_fd("rlhs", stdin, editor->sink, editor->sink, input, output, output);
  if (!editor->edit) {
    line_editor_destroy(editor);
    return NULL;
  }
  el_set(editor->edit, EL_CLIENTDATA, editor);
  el_wset(editor->edit, EL_GETCFN, read_character);
  el_set(editor->edit, EL_EDITOR, "emacs");
  // libedit's own handlers would signal the whole process group.
  el_set(editor->edit, EL_SIGNAL, 0);
  return editor;
}

void line_editor_destroy(LineEditor *editor) {
  if (editor->edit) el_end(editor->edit);
  if (editor->sink) fclose(editor->sink);
  free(editor);
}

void line_editor_source(LineEditor *editor) { el_source(editor->edit, NULL); }

void line_editor_bind(LineEditor *editor) {
  EditLine *edit = editor->edit;
  el_wset(edit, EL_ADDFN, L"rlhs-act", L"Carry out a key of the prompt", act_on_key);
  el_wset(edit, EL_BIND, L"\\200", L"rlhs-act", NULL);
  el_wset(edit, EL_BIND, L"-a", L"\\200", L"rlhs-act", NULL);
  // vi's keys for what libedit would do on its own: go through its history, ask for a command or a
  // search on a line that is not seen, start an editor.
  static const wchar_t *const vi_keys[] = {L"j", L"k", L"/", L"?", L":", L"v"};
  for (size_t i = 0; i < sizeof vi_keys / sizeof vi_keys[0]; i++)
    el_wset(edit, EL_BIND, L"-a", vi_keys[i], L"rlhs-act", NULL);
  // Arrow keys never reach libedit, so with vi's keys ESC need not wait for the rest of one.
  if (line_editor_is_vi(editor)) {
    el_wset(edit, EL_BIND, L"\\033", L"vi-command-mode", NULL);
    el_wset(edit, EL_BIND, L"-a", L"\\033", L"vi-command-mode", NULL);
  }
  // Every key arrives as a byte of its own: Ctrl-C, Ctrl-Z, and Enter apart from a pasted newline.
  el_wset(edit, EL_SETTY, L"-d", L"-isig", L"-icrnl", L"-inlcr", L"-ixon", NULL);
}

bool line_editor_is_vi(LineEditor *editor) {
  const char *name = NULL;
  return el_get(editor->edit, EL_EDITOR, &name) == 0 && name && strcmp(name, "vi") == 0;
}

bool line_editor_run(LineEditor *editor) {
  int count = 0;
  return el_wgets(editor->edit, &count) != NULL && count > 0;
}

const uint32_t *line_editor_text(LineEditor *editor, int32_t *length, int32_t *cursor) {
  const LineInfoW *line = el_wline(editor->edit);
  *length = (int32_t)(line->lastchar - line->buffer);
  *cursor = (int32_t)(line->cursor - line->buffer);
  return (const uint32_t *)line->buffer;
}

void line_editor_set_cursor(LineEditor *editor, int32_t position) {
  const LineInfoW *line = el_wline(editor->edit);
  el_cursor(editor->edit, position - (int)(line->cursor - line->buffer));
}

void line_editor_replace(LineEditor *editor, int32_t from, int32_t to, const uint32_t *text,
                         int32_t length) {
  line_editor_set_cursor(editor, to);
  el_deletestr(editor->edit, to - from);
  if (length == 0) return;
  wchar_t *copy = calloc((size_t)length + 1, sizeof(wchar_t));
  if (!copy) return;
  memcpy(copy, text, (size_t)length * sizeof(wchar_t));
  el_winsertstr(editor->edit, copy);
  free(copy);
}

void line_editor_prepare_terminal(LineEditor *editor, bool editing) {
  el_set(editor->edit, EL_PREP_TERM, editing ? 1 : 0);
}

enum { unseen_columns = 80 };

void line_editor_make_room(LineEditor *editor, int32_t columns, int32_t breaks) {
  int lines = breaks + columns / unseen_columns + 4;
  if (lines <= editor->lines) return;
  editor->lines = lines + lines / 4;
  wchar_t text[16];
  swprintf(text, 16, L"%d", unseen_columns);
  el_wset(editor->edit, EL_SETTC, L"co", text, NULL);
  swprintf(text, 16, L"%d", editor->lines);
  el_wset(editor->edit, EL_SETTC, L"li", text, NULL);
}

void locale_use_utf8(void) {
  setlocale(LC_CTYPE, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}
