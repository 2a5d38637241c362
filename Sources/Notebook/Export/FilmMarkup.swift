import Language

extension Film {
  /// The film as elements of a page that holds `Drawing.style` and `Film.script`: the last frame, with a
  /// slider and a button that play the whole. Without scripts, and on paper, the last frame stays.
  func markup() -> String {
    let count = captions.count
    guard count > 0 else { return "" }
    return """
      <figure class="film">
      \(screen)
      <figcaption>\(escaped(title))</figcaption>
      <div class="controls"><button type="button" aria-label="play or pause">&#9654;</button>\
      <input type="range" min="0" max="\(count - 1)" value="\(count - 1)" aria-label="step">\
      <output>\(escaped(captions[count - 1]))</output></div>
      <script type="application/json">\(data)</script>
      </figure>
      """
  }

  private var screen: String {
    switch frames {
    case .scenes(let scenes):
      let still = Self.shared(by: scenes)
      var first = scenes[0]
      first.shapes = still
      let last = scenes[scenes.count - 1]
      var moving = last
      moving.shapes = last.shapes.filter { !still.contains($0) }
      let width = Self.width(of: last)
      return first.drawing(width: width, label: title).markup(
        standalone: false, layered: moving.drawing(width: width, label: title))
    case .text(let frames):
      return
        "<pre class=\"frame\">\(escaped(frames[frames.count - 1].joined(separator: "\n")))</pre>"
    }
  }

  /// Wide scenes fill the column, square ones stay small enough to be seen whole.
  static func width(of scene: Scene) -> Double {
    let aspect =
      (scene.y.upperBound - scene.y.lowerBound) / (scene.x.upperBound - scene.x.lowerBound)
    return min(640, 320 / aspect)
  }

  /// Shapes that every frame has, drawn once.
  private static func shared(by scenes: [Scene]) -> [Scene.Shape] {
    scenes[0].shapes.filter { shape in scenes.allSatisfy { $0.shapes.contains(shape) } }
  }

  /// What the script needs: the captions and the frames, as JSON.
  private var data: String {
    let captions = captions.map { Value.string($0).json }.joined(separator: ",")
    var list: [String]
    switch frames {
    case .scenes(let scenes):
      let still = Self.shared(by: scenes)
      let width = Self.width(of: scenes[0])
      list = scenes.map { scene in
        var moving = scene
        moving.shapes = scene.shapes.filter { !still.contains($0) }
        return Value.string(moving.drawing(width: width, label: "").body).json
      }
    case .text(let frames): list = frames.map { Value.string($0.joined(separator: "\n")).json }
    }
    // A string may hold what would end the script element.
    return "{\"captions\":[\(captions)],\"frames\":[\(list.joined(separator: ","))]}"
      .replacing("</", with: "<\\/")
  }

  /// Plays every film of a page.
  static let script = """
    document.querySelectorAll('figure.film').forEach(function (film) {
      var data = JSON.parse(film.querySelector('script').textContent);
      var moving = film.querySelector('g'), text = film.querySelector('pre');
      var slider = film.querySelector('input'), button = film.querySelector('button');
      var caption = film.querySelector('output'), timer = null;
      function show(step) {
        if (moving) moving.innerHTML = data.frames[step]; else text.textContent = data.frames[step];
        caption.textContent = data.captions[step];
        slider.value = step;
      }
      function stop() { clearInterval(timer); timer = null; button.textContent = '\\u25B6'; }
      slider.addEventListener('input', function () { stop(); show(Number(slider.value)); });
      button.addEventListener('click', function () {
        if (timer) return stop();
        var step = Number(slider.value);
        if (step >= data.frames.length - 1) step = -1;
        button.textContent = '\\u23F8';
        timer = setInterval(function () {
          step += 1;
          if (step >= data.frames.length) return stop();
          show(step);
        }, moving ? 20 : 100);
      });
    });
    """
}
