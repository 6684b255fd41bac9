# Takes what tests/corridor/glue.tf describes over from a daemon that has it already.

import {
  to = aws_glue_workflow.nightly
  id = "nightly"
}

import {
  to = aws_glue_workflow.arrivals
  id = "arrivals"
}

import {
  to = aws_glue_job.spark
  id = "extract"
}

import {
  to = aws_glue_job.shell
  id = "load"
}

import {
  to = aws_glue_catalog_database.lake
  id = "123456789012:lake"
}

import {
  to = aws_glue_crawler.orders
  id = "orders"
}

import {
  to = aws_glue_trigger.start
  id = "start"
}

import {
  to = aws_glue_trigger.then
  id = "then"
}

import {
  to = aws_glue_trigger.clock
  id = "clock"
}

import {
  to = aws_glue_trigger.arrived
  id = "arrived"
}

import {
  to = aws_glue_catalog_table.orders
  id = "123456789012:lake:orders"
}

import {
  to = aws_glue_partition.monday
  id = "123456789012:lake:orders:2026-11-02"
}
