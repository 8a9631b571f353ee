#include "sim/engine/distribution.h"

#include <algorithm>

#include "sim/engine/portable_math.h"

namespace stp::sim {
namespace {

/// Uniform in (0, 1], so that its logarithm exists.
double positive_unit(Rng& rng) {
  return 1 - rng.unit();
}

/// Standard normal (Marsaglia's polar method; the second number is discarded, so that draws are independent calls).
double normal(Rng& rng) {
  while (true) {
    const double x = 2 * rng.unit() - 1;
    const double y = 2 * rng.unit() - 1;
    const double s = x * x + y * y;
    if (s >= 1 || s == 0) continue;
    // √t as e^(ln t / 2)
    return x * portable_pow(-2 * portable_log(s) / s, 0.5);
  }
}

/// Γ(1 + 1/shape) by Lanczos' approximation (g = 7, n = 9; 15 digits).
double gamma_function(double x) {
  static constexpr double kCoefficients[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                                             771.32342877765313,   -176.61502916214059,   12.507343278686905,
                                             -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  double sum = kCoefficients[0];
  for (int i = 1; i < 9; ++i) sum += kCoefficients[i] / (x - 1 + i);
  const double t = x - 1 + 7.5;
  return 2.5066282746310002 * portable_pow(t, x - 0.5) * portable_exp(-t) * sum;
}

}  // namespace

double Distribution::draw(Rng& rng) const {
  switch (family) {
    case Family::constant: return a;
    case Family::uniform: return a + (b - a) * rng.unit();
    case Family::exponential: return -a * portable_log(positive_unit(rng));
    case Family::weibull: return b * portable_pow(-portable_log(positive_unit(rng)), 1 / a);
    case Family::lognormal: return a * portable_exp(b * normal(rng));
  }
  return 0;
}

double Distribution::draw_residual(Rng& rng) const {
  // A renewal process observed after fifty mean lifetimes; the current lifetime is then automatically length-biased.
  const double moment = 50 * mean() * (1 + rng.unit());
  double end = 0;
  while (end <= moment) {
    const double life = draw(rng);
    if (life <= 0) return 0;
    end += life;
  }
  return end - moment;
}

double Distribution::mean() const {
  switch (family) {
    case Family::constant: return a;
    case Family::uniform: return (a + b) / 2;
    case Family::exponential: return a;
    case Family::weibull: return b * gamma_function(1 + 1 / a);
    case Family::lognormal: return a * portable_exp(b * b / 2);
  }
  return 0;
}

}  // namespace stp::sim
