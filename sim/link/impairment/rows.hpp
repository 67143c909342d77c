// rows.hpp: the rows of the table, each made in the file of its impairment.
#pragma once

#include "sim/link/impairment/row.hpp"

namespace badwire::link {

impairment_row loss_row();
impairment_row delay_row();
impairment_row duplicate_row();
impairment_row reorder_row();
impairment_row corrupt_row();
impairment_row rate_row();
impairment_row aqm_row();
impairment_row mtu_row();
impairment_row cut_row();
impairment_row rebind_row();
impairment_row exact_row();
impairment_row tcp_row();

} // namespace badwire::link
