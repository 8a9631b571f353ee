#include "wire/buffer_pool.h"

#include <new>
#include <utility>

#include "core/result.h"

namespace stp::wire {
namespace {

constexpr std::align_val_t kAlignment{kBufferAlignment};

}  // namespace

PooledBuffer::PooledBuffer(PooledBuffer&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}

PooledBuffer& PooledBuffer::operator=(PooledBuffer&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    data_ = std::exchange(other.data_, nullptr);
  }
  return *this;
}

void PooledBuffer::release() {
  if (data_ != nullptr) pool_->give_back(data_);
  pool_ = nullptr;
  data_ = nullptr;
}

BufferPool::BufferPool(std::size_t idle_max) : idle_max_(idle_max) {
  idle_.reserve(idle_max);
}

BufferPool::~BufferPool() {
  STP_ASSERT(taken_ == 0);
  for (std::byte* const data : idle_) ::operator delete(data, kAlignment);
}

PooledBuffer BufferPool::take() {
  ++taken_;
  if (idle_.empty()) return {*this, static_cast<std::byte*>(::operator new(kBufferBytes, kAlignment))};
  std::byte* const data = idle_.back();
  idle_.pop_back();
  return {*this, data};
}

void BufferPool::give_back(std::byte* data) {
  STP_ASSERT(taken_ > 0);
  --taken_;
  if (idle_.size() < idle_max_) {
    idle_.push_back(data);
  } else {
    ::operator delete(data, kAlignment);
  }
}

}  // namespace stp::wire
