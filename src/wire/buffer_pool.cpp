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
  std::byte* data = nullptr;
  {
    const std::lock_guard lock(mutex_);
    ++taken_;
    if (!idle_.empty()) {
      data = idle_.back();
      idle_.pop_back();
    }
  }
  if (data == nullptr) data = static_cast<std::byte*>(::operator new(kBufferBytes, kAlignment));
  return {*this, data};
}

std::size_t BufferPool::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::size_t BufferPool::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

void BufferPool::give_back(std::byte* data) {
  {
    const std::lock_guard lock(mutex_);
    STP_ASSERT(taken_ > 0);
    --taken_;
    if (idle_.size() < idle_max_) {
      idle_.push_back(data);
      return;
    }
  }
  ::operator delete(data, kAlignment);
}

}  // namespace stp::wire
