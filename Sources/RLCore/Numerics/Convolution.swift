import CKernels

/// The shape of a convolution over images: square filters moved by one cell, never over the edge.
///
/// An image is `[height, width, channels]` in row-major order; what comes of it is
/// `[height - kernel + 1, width - kernel + 1, filters]`. Weights are
/// `[kernel, kernel, channels, filters]`, then a bias for each filter.
public struct Convolution: Sendable, Equatable {
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// Numbers of each cell.
  public let channels: Int
  /// Numbers of each cell of what comes of it.
  public let filters: Int
  /// Rows and columns that a filter sees at once.
  public let kernel: Int

  /// - Precondition: all positive, and the kernel no larger than the image.
  public init(height: Int, width: Int, channels: Int, filters: Int, kernel: Int) {
    precondition(
      min(height, width) >= kernel && min(kernel, channels, filters) > 0,
      "\(filters) filters of \(kernel) over images of \(height) x \(width) x \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.filters = filters
    self.kernel = kernel
  }

  /// Numbers of an image.
  public var inputCount: Int { height * width * channels }
  /// Numbers of what comes of it.
  public var outputCount: Int { (height - kernel + 1) * (width - kernel + 1) * filters }
  /// Weights and biases.
  public var parameterCount: Int { (fanIn + 1) * filters }
  /// Multiplications for one image.
  public var multiplicationCount: Int { outputCount * fanIn }
  /// Numbers that a filter sees at once.
  var fanIn: Int { kernel * kernel * channels }

  var shape: rlhs_convolution {
    rlhs_convolution(
      height: height, width: width, channels: channels, filters: filters, kernel: kernel)
  }
}
