#include "real_fft.h"

#include <cassert>
#include <complex>
#include <kissfft.hh>
#include <vector>

#include "portable_math.h"

// KissFFT's own constructor takes sine and cosine in float, whose last bit differs between C libraries. This one fills
// the same tables from double, so that every platform gets the same, and better, factors. Stages of 4 first, as there.
template <>
kissfft<float>::kissfft(const std::size_t nfft, const bool inverse) : _nfft(nfft), _inverse(inverse) {
  const double step = (inverse ? 2.0 : -2.0) / static_cast<double>(nfft);  // of pi
  _twiddles.resize(nfft);
  for (std::size_t i = 0; i < nfft; ++i) {
    const double angle = step * static_cast<double>(i);
    _twiddles[i] = {static_cast<float>(voiceprint::cos_pi(angle)), static_cast<float>(voiceprint::sin_pi(angle))};
  }
  std::size_t rest = nfft, radix = 4;
  do {
    while (rest % radix != 0) {
      radix = radix == 4 ? 2 : radix == 2 ? 3 : radix + 2;
      if (radix * radix > rest) radix = rest;
    }
    rest /= radix;
    _stageRadix.push_back(radix);
    _stageRemainder.push_back(rest);
  } while (rest > 1);
}

namespace voiceprint {

// A real signal of size N is transformed as a complex one of size N/2, whose even and odd parts are then separated.
struct RealFft::Plan {
  explicit Plan(std::size_t n) : size(n), half(n / 2, false), spectrum(n / 2), rotation(n / 4 + 1) {
    for (std::size_t k = 0; k < rotation.size(); ++k) {
      const double angle = -2.0 * static_cast<double>(k) / static_cast<double>(n);  // of pi
      rotation[k] = {static_cast<float>(cos_pi(angle)), static_cast<float>(sin_pi(angle))};
    }
  }
  std::size_t size;
  kissfft<float> half;
  std::vector<std::complex<float>> spectrum;  // [N/2]
  std::vector<std::complex<float>> rotation;  // exp(-2 pi i k / N), k = 0..N/4
};

RealFft::RealFft(std::size_t size) : plan_(std::make_unique<Plan>(size)) {
  assert(size >= 4 && size % 4 == 0);
}
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

std::size_t RealFft::size() const {
  return plan_->size;
}

void RealFft::power_spectrum(std::span<const float> samples, std::span<float> power) {
  const std::size_t half = plan_->size / 2;
  assert(samples.size() == plan_->size && power.size() == half + 1);
  std::complex<float>* const z = plan_->spectrum.data();
  plan_->half.transform(reinterpret_cast<const std::complex<float>*>(samples.data()), z);

  const float sum = z[0].real() + z[0].imag(), difference = z[0].real() - z[0].imag();
  power[0] = sum * sum;
  power[half] = difference * difference;
  for (std::size_t k = 1; k <= half / 2; ++k) {
    // Even part e = (z_k + conj z_-k) / 2, odd part o = (z_k - conj z_-k) / 2i; X_k = e + w o, X_-k = conj(e - w o).
    const float er = 0.5f * (z[k].real() + z[half - k].real()), ei = 0.5f * (z[k].imag() - z[half - k].imag());
    const float odd_r = 0.5f * (z[k].imag() + z[half - k].imag()), odd_i = 0.5f * (z[half - k].real() - z[k].real());
    const float wr = plan_->rotation[k].real(), wi = plan_->rotation[k].imag();
    const float tr = wr * odd_r - wi * odd_i, ti = wr * odd_i + wi * odd_r;
    const float ar = er + tr, ai = ei + ti, br = er - tr, bi = ei - ti;
    power[k] = ar * ar + ai * ai;
    power[half - k] = br * br + bi * bi;
  }
}

}  // namespace voiceprint
