// Overloaded: several functions as one visitor for std::visit.
#pragma once

namespace stp {

/// `std::visit(Overloaded{[](const A&) {…}, [](const auto&) {…}}, variant)`.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace stp
