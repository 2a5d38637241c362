import CLineEditor
import Language

/// How often Ctrl-C was pressed during work. There is one terminal, so there is one flag; a signal
/// handler raises it and any thread may read it.
package struct InterruptFlag: Sendable {
  package static let shared = InterruptFlag()

  /// Installs the handler of SIGINT; again is harmless. From then on running programs of the language
  /// hear of it too.
  package func install() {
    // Made now, for a signal handler must not be the first to touch it.
    Evaluator.interrupt.clear()
    signals_set_interrupt_hook { Evaluator.interrupt.request() }
    signals_install()
  }

  /// 1 asks for a stop at the next safe point, more to abandon the command.
  package var count: Int { Int(interrupts_count()) }

  package var isSet: Bool { interrupts_count() != 0 }

  /// Forgets what was pressed, before the next piece of work, and signals that nobody waited for.
  package func clear() {
    _ = signals_take()
    interrupts_clear()
    Evaluator.interrupt.clear()
  }
}
